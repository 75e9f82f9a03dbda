"""The pager itself: intake, lifecycle, store, delivery, API and the command line."""
