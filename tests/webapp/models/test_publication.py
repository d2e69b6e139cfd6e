"""A publication's address is short and cannot be guessed; a disabled document's copies are closed."""

from webapp.models import Document, Publication
from webapp.models.publication import ALPHABET, SLUG_LENGTH


def publish(document: Document) -> Publication:
    return Publication.objects.create(
        document=document, title="T", byline="Ada", attribution={"sources": [], "runs": []}
    )


def test_addresses_are_short_and_differ(document: Document) -> None:
    one, other = publish(document), publish(document)
    assert one.slug != other.slug
    assert len(one.slug) == SLUG_LENGTH
    assert set(one.slug) <= set(ALPHABET)
    assert not set("0Oo1lI") & set(ALPHABET)


def test_a_disabled_documents_copies_are_closed(document: Document) -> None:
    publish(document)
    assert Publication.objects.visible().count() == 1
    Document.objects.update(is_disabled=True)
    assert not Publication.objects.visible()
