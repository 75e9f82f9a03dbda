"""What a change of the rules means: which alerts come out otherwise, and how."""
