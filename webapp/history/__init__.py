"""What a document was: its timeline, its text at any revision, differences, names, and the ways back."""
