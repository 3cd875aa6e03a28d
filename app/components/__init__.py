"""Components of the page that more than one tab mounts, one folder each."""
