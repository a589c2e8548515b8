"""A version of an index in a few lines."""

from __future__ import annotations

from likewise.ingest.catalog import REJECTS_FILE, WARNINGS_FILE, Reject, Schema, read_rejects
from likewise.ingest.encoders import EXTRA, STAND_IN, EncoderSpec
from likewise.ingest.index import Manifest, Reader

ROLES = ("filtered", "scored", "learned", "category", "title", "caption", "group")


def noted(reader: Reader, name: str) -> list[Reject]:
    """The version's rejects or warnings, by the name of their file."""
    return read_rejects(reader.attachment(name)) if name in reader.attachments() else []


def summary(reader: Reader, *, current: bool, store: str) -> str:
    """Version, model, numbers and columns, for people."""
    manifest = reader.manifest
    encoder = manifest.encoder
    facts = {
        "version": f"{reader.version}, {'current' if current else 'not current'}, of {manifest.created_at}",
        "encoder": f"{encoder.name} {encoder.precision}, {encoder.dim:,} numbers{_quantized(encoder)}",
        "model": _model(manifest),
        "products": f"{manifest.products:,}, with {manifest.pictures:,} pictures",
        "rejects": _count(len(noted(reader, REJECTS_FILE)), f"likewise index info --store {store} --rejects"),
        "warnings": _count(len(noted(reader, WARNINGS_FILE)), f"likewise index info --store {store} --warnings"),
        "catalog": manifest.catalog or "not known",
    }
    width = max(map(len, facts))
    lines = [f"{name:{width}}  {text}" for name, text in facts.items()]
    return "\n".join([*lines, "", *_columns(manifest.schema)])


def _model(manifest: Manifest) -> str:
    reducer = f"{manifest.reducer.name} to {manifest.index_dim} numbers"
    learned = manifest.capabilities.predicts
    words = f", which predicts {', '.join(learned)}" if learned else ""
    return f"{reducer}{words}; {manifest.clusterer.name}, {len(manifest.clusters)} clusters"


def _quantized(encoder: EncoderSpec) -> str:
    """What a client without OpenVINO can do with an index in int8."""
    if encoder.quantization is None:
        return ""
    cosine = encoder.quantization.cosine
    by_picture = "by picture, too, with --stand-in" if cosine >= STAND_IN else "not by picture"
    return f"; without {EXTRA} searches by id, {by_picture} (mean cosine to fp32 {cosine:.4f})"


def _count(count: int, where: str) -> str:
    return f"{count:,}; {where}" if count else "none"


def _columns(schema: Schema) -> list[str]:
    """A line for each column: its type, and what it is for."""
    if not schema.columns:
        return ["no columns"]
    rows = [("column", "type", "for")]
    for column in schema.columns:
        roles = [role for role in ROLES if column.name in schema.role(role)]
        rows.append((column.name, column.type, ", ".join(roles) or "shown"))
    first, second = (max(len(row[at]) for row in rows) for at in (0, 1))
    return [f"{name:{first}}  {kind:{second}}  {roles}" for name, kind, roles in rows]
