"""Parts of the page around the tabs: the first view, the lesson, presentation mode and theme."""
