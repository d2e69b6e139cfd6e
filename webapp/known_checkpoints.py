"""What the cards of the known checkpoints say, in our own words. `registercheckpoints` puts it into the catalogue.

Sources: the model cards on the hub of gpt2, gpt2-medium and distilgpt2, and the paper "Language Models are
Unsupervised Multitask Learners" (Radford et al., 2019). Parameters are counted with the tied embeddings once.
"""

from typing import Any

WEBTEXT = (
    "WebText: 40 GB of text from pages that Reddit posts with at least 3 karma linked to, without Wikipedia. "
    "The collection was never published."
)
TOKENS = "Byte-level BPE, 50,257 tokens"
PUBLISHER = "OpenAI, 2019"

GPT2_LIMITATIONS = (
    "GPT-2 does not tell fact from fiction, so nothing it writes should be taken as true. It repeats the biases of the "
    "unfiltered web pages it learned from, which are far from neutral, and so does every model made from it. Its "
    "authors advise against putting it in front of people without a study of the biases that matter for the use, and "
    "found no significant difference in gender, race and religion between the two largest sizes. It knows "
    "English, and little that happened after 2017."
)
GPT2_WARNING = (
    "It can write disturbing and offensive text and repeat harmful stereotypes about people by gender, origin, "
    "religion or work."
)
ZERO_SHOT = "without any fine-tuning, as the card reports"

MIT = "Modified MIT"


def perplexities(**values: str) -> list[dict[str, str]]:
    """Rows of an evaluation table; the keys are the data sets."""
    names = {"lambada": "LAMBADA", "wikitext2": "WikiText-2", "ptb": "Penn Treebank", "wikitext103": "WikiText-103"}
    return [
        {"dataset": names[key], "metric": "perplexity", "value": value, "note": ZERO_SHOT}
        for key, value in values.items()
    ]


def gpt2(name: str, title: str, description: str, revision: str, num_parameters: int, **more: Any) -> dict[str, Any]:
    """The four sizes of GPT-2 share everything but the size."""
    return {
        "name": name,
        "title": title,
        "description": description,
        "source_kind": "hub",
        "location": f"openai-community/{name}",
        "revision": revision,
        "num_parameters": num_parameters,
        "context_length": 1024,
        "licence": MIT,
        "facts": {"Made by": PUBLISHER, "Trained on": WEBTEXT, "Reads": TOKENS, "Language": "English"},
        "limitations": GPT2_LIMITATIONS,
        "content_warning": GPT2_WARNING,
        **more,
    }


HELD_OUT = "never trained on, in windows of 512 tokens"

NOVELS_7M: dict[str, Any] = {
    "name": "novels-7m",
    "title": "Novels 7M",
    "description": "Small and quick, in the manner of the nineteenth century. It comes with Inkling and always works.",
    "source_kind": "bundled",
    "location": "novels-7m",
    "num_parameters": 6_967_296,
    "context_length": 512,
    "licence": "Apache-2.0",
    "facts": {
        "Made by": "Inkling, trained from scratch",
        "Trained on": "Thirty-seven novels in the public domain, 1811 to 1911; three more held out to measure it",
        "Reads": "Byte-level BPE of its own, 8,192 tokens",
        "Language": "English",
    },
    "limitations": (
        "A very small model: it keeps a tone and a sentence, not a plot, and loses the thread after a line or two. "
        "It knows novels and nothing else, and nothing it writes is true."
    ),
    "content_warning": (
        "It learned from fiction of 1811 to 1911 and repeats the prejudices of that time about gender, class, "
        "religion and origin."
    ),
    "evaluation": [
        {"dataset": "Three held-out novels", "metric": "bits per character", "value": "1.730", "note": HELD_OUT},
        {"dataset": "Three held-out novels", "metric": "perplexity", "value": "91.0", "note": HELD_OUT},
    ],
}

DISTILGPT2: dict[str, Any] = {
    "name": "distilgpt2",
    "title": "DistilGPT-2",
    "description": "GPT-2's smaller pupil: about a third fewer parameters, quicker, a little less sure of its words.",
    "source_kind": "hub",
    "location": "distilbert/distilgpt2",
    "revision": "2290a62682d06624634c1f46a6ad5be0f47f38aa",
    "num_parameters": 81_912_576,
    "context_length": 1024,
    "licence": "Apache-2.0",
    "facts": {
        "Made by": "Hugging Face, 2019, by knowledge distillation from the smallest GPT-2",
        "Trained on": "OpenWebTextCorpus, a public remake of WebText",
        "Reads": TOKENS,
        "Language": "English",
    },
    "limitations": (
        "What holds for GPT-2 holds here: it does not tell fact from fiction and repeats the biases of the web. "
        "Studies of distilled models disagree: some found stronger gender and race bias than in the teacher, another "
        "found less toxicity."
    ),
    "content_warning": GPT2_WARNING,
    "evaluation": [
        {
            "dataset": "WikiText-103",
            "metric": "perplexity",
            "value": "21.1",
            "note": "after fine-tuning on its training set; GPT-2 reaches 16.3 the same way",
        }
    ],
}

KNOWN_CHECKPOINTS: list[dict[str, Any]] = [
    NOVELS_7M,
    DISTILGPT2,
    gpt2(
        "gpt2",
        "GPT-2",
        "The classic: general English, from news to stories, and still quick on a plain processor.",
        "607a30d783dfa663caf39e06633721c8d4cfcd7e",
        124_439_808,
        evaluation=perplexities(lambada="35.13", wikitext2="29.41", ptb="65.85", wikitext103="37.50"),
    ),
    gpt2(
        "gpt2-medium",
        "GPT-2 Medium",
        "Better sentences and a longer memory for the subject; wants a strong processor or a GPU.",
        "6dcaa7a952f72f9298047fd5137cd6e4f05f41da",
        354_823_168,
        evaluation=perplexities(lambada="15.60", wikitext2="22.76", ptb="47.33", wikitext103="26.37"),
    ),
    gpt2(
        "gpt2-large",
        "GPT-2 Large",
        "The model behind Write With Transformer. Fluent; wants a GPU to keep up with typing.",
        "32b71b12589c2f8d625668d2335a01cac3249519",
        774_030_080,
    ),
    gpt2(
        "gpt2-xl",
        "GPT-2 XL",
        "The largest GPT-2: the best prose of the family, the slowest to write it.",
        "15ea56dee5df4983c59b2538573817e1667135e2",
        1_557_611_200,
    ),
]
