//! Open Workflow Specification documents.
