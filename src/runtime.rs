//! Side effects shared by operations.
