//! Reads a folder of Markdown files.
