"""Where changes are reviewed: GitHub and GitLab, as far as a comment needs them."""
