"""The tables of waiting: what each part of it keeps."""
