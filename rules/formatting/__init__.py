"""The one form in which rule files and cases are written: canonical, with every comment where it was."""
