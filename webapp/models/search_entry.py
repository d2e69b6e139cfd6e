"""What the list of one's documents shows and searches of a text. Made when somebody looks, so writing costs nothing."""

from django.db import models

from webapp.models.document import MAX_TITLE_LENGTH, Document


class SearchEntry(models.Model):
    document = models.OneToOneField(Document, on_delete=models.CASCADE, primary_key=True, related_name="search_entry")
    revision = models.PositiveBigIntegerField(help_text="Of the document, when this was made.")
    title = models.CharField(max_length=MAX_TITLE_LENGTH, blank=True, help_text="Of the document, when this was made.")
    title_words = models.TextField(blank=True, help_text="What it is called, as webapp.search_words folds it.")
    first_line = models.CharField(max_length=100, blank=True)
    num_words = models.PositiveIntegerField(default=0)
    text = models.TextField(blank=True)
    words = models.TextField(blank=True, help_text="The text, folded too.")

    def __str__(self) -> str:
        return f"search entry of {self.document_id} at {self.revision}"
