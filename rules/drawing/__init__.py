"""The rules drawn for people: as a tree of lines, and as a Mermaid flowchart."""
