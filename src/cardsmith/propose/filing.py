"""Which topic an article belongs to, and what to call it, when nobody has filed it yet."""

from collections.abc import Callable

from cardsmith.ids import slugify
from cardsmith.model import Excerpt, Topics
from cardsmith.sources.segments import segment
from cardsmith.text.names import name_fault
from cardsmith.text.tokenizer import keyword_weights, tokenizer
from cardsmith.text.traditional import simplified


def topic_classifier(topics: Topics) -> Callable[[Excerpt], str]:
    """Return a function from an excerpt to a topic's slug: the topic whose keywords weigh most in it by TF-IDF.

    The first topic of the file wins a tie, and takes what no keyword speaks for. Filing is only a proposal: editors
    move the file, and it stays where they put it.
    """
    keywords = {slug: {word.casefold() for word in topic.keywords} for slug, topic in topics.topics.items()}
    cut = tokenizer(word for words in keywords.values() for word in words if not word.isascii())

    def classify(excerpt: Excerpt) -> str:
        weights = keyword_weights(" ".join((*excerpt.headings, simplified(excerpt.text))), cut)
        scores = {slug: sum(weights.get(word, 0.0) for word in words) for slug, words in keywords.items()}
        return max(scores, key=lambda slug: scores[slug])

    return classify


def article_name(excerpt: Excerpt) -> tuple[str, str]:
    """Return (title, slug) for a new article: its heading or likeliest subject; the excerpt's id when it has none."""
    title = segment(excerpt).topic or excerpt.text.split("\n")[0][:24].strip() or excerpt.id
    slug = slugify(title)[:40].strip("-")
    if not slug or not slug[0].isalpha() or name_fault(slug):
        slug = excerpt.id
    return title, slug
