//! Reads a WordPress export (WXR).
