"""What everyone may look at: the list of events, the search, the page of an event."""
