"""The dashboard: server-rendered, with htmx where it makes things livelier; every screen works without it."""
