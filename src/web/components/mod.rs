//! Parts that pages are made of. Each is a small struct with its own template; a page prints one with `{{ part }}`,
//! and it is not escaped again because it is [`HtmlSafe`](askama::filters::HtmlSafe).

pub mod banner;
pub mod change;
pub mod dialog;
pub mod differences;
pub mod event;
pub mod field;
pub mod graph;
pub mod meter;
pub mod nav;
pub mod plate;
pub mod rich;
pub mod status;

/// Marks templates of this module as safe to print inside of another.
macro_rules! html_part {
    ($($name:ident),+) => { $(impl askama::filters::HtmlSafe for $name {})+ };
}
pub(crate) use html_part;
