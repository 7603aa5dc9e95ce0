"""The door: pick an event and a gate, read codes, admit once. Works from tickets alone."""
