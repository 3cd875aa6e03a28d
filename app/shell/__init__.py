"""What accompanies all tabs: the lesson, and how the page is shown."""
