"""The rule language: which alerts page whom. Pure: label mappings and names in, decisions out."""
