//! The one integration binary: what a person sees of stackctl.
