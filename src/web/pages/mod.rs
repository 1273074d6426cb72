//! Pages: one file per resource, with its page structs; templates of the same name.
