"""Tensors of messages as arrays, checked, and arrays as tensors."""

import numpy as np

import contract  # noqa: F401  puts the client's folder on the path
import safetensors_file
from blobs import BlobStore
from contract import invalid
from tensors import TYPE_NAMES, bundle_of

MOST_TENSORS, LONGEST_NAME, LARGEST_RANK = 1024, 256, 8
REMEDY = "Send row-major, packed, little-endian values, or correct the shape."


class Arrays:
    """The arrays of one bundle; `field` names it in refusals."""

    def __init__(self, arrays: dict[str, np.ndarray], field: str):
        self.arrays, self.field = arrays, field

    def _find(self, name: str) -> np.ndarray:
        if name not in self.arrays:
            found = ", ".join(self.arrays) or "no tensors"
            raise invalid(f"{self.field}.{name}", found, f"a tensor named {name!r}", "Name the tensor so.")
        return self.arrays[name]

    def floats(self, name: str) -> np.ndarray:
        """Finite values, rounded to float32."""
        with np.errstate(over="ignore"):
            values = self._find(name).astype(np.float32)
        if not np.isfinite(values).all():
            remedy = "Look for the step of the computation that diverged."
            raise invalid(f"{self.field}.{name}", "NaN or an infinity", "finite 32-bit floats", remedy)
        return values

    def integers(self, name: str) -> np.ndarray:
        """A vector of integers that fit into 32 bits, as int64."""
        values = self._find(name)
        where = f"{self.field}.{name}"
        if values.dtype.kind not in "iu":
            raise invalid(f"{where}.data_type", values.dtype, "I32, I64, U8", "Send integers.")
        if values.ndim != 1:
            raise invalid(f"{where}.shape", list(values.shape), "one axis", "Send a vector.")
        if values.size and not -(2**31) <= values.min() <= values.max() < 2**31:
            raise invalid(where, "a larger value", "integers of 32 bits", "Send smaller ones.")
        return values.astype(np.int64)

    def vector(self, name: str, size: int) -> np.ndarray:
        """A finite vector of `size` values."""
        values = self.floats(name)
        if values.shape != (size,):
            raise invalid(self.field, f"shape {list(values.shape)}", f"[{size}]", "Send the flat vector of this model.")
        return values


class Bundles:
    """Reads and writes TensorBundles over the service's blobs."""

    def __init__(self, blobs: BlobStore):
        self.blobs = blobs

    def read(self, bundle, field: str) -> Arrays:
        source = bundle.WhichOneof("source")
        if source == "blob":
            where = f"{field}.blob"
            try:
                return Arrays(safetensors_file.decode(self.blobs.get(bundle.blob, where))[0], field)
            except ValueError as error:
                raise invalid(where, f"safetensors: {error}", "a safetensors file", "Write the file again.") from error
        if source == "inline":
            return Arrays(_inline(bundle.inline.tensors, f"{field}.inline.tensors"), field)
        raise invalid(field, "nothing", "tensors, inline or in a blob", "Set the field.")

    def write(self, **arrays: np.ndarray):
        return bundle_of(arrays, self.blobs.put)

    def vector(self, name: str, values: np.ndarray):
        return self.write(**{name: values.astype(np.float32)})


def _inline(tensors, field: str) -> dict[str, np.ndarray]:
    if len(tensors) > MOST_TENSORS:
        raise invalid(field, f"{len(tensors)} tensors", f"at most {MOST_TENSORS}", "Send fewer.")
    arrays = {}
    for at, tensor in enumerate(tensors):
        where = f"{field}[{at}]"
        if not 0 < len(tensor.name) <= LONGEST_NAME or tensor.name in arrays:
            raise invalid(f"{where}.name", tensor.name, "1 to 256 characters, each name once", "Name it anew.")
        dtype = TYPE_NAMES.get(tensor.data_type)
        if dtype is None:
            raise invalid(
                f"{where}.data_type", tensor.data_type, ", ".join(TYPE_NAMES.values()), "Choose one of these."
            )
        if len(tensor.shape) > LARGEST_RANK or any(size < 0 for size in tensor.shape):
            raise invalid(f"{where}.shape", list(tensor.shape), "at most 8 axes of sizes >= 0", "Merge axes.")
        needed = safetensors_file.byte_size(dtype, tensor.shape)
        if len(tensor.data) != needed:
            raise invalid(f"{where}.data", f"{len(tensor.data)} bytes", f"exactly {needed} bytes", REMEDY)
        arrays[tensor.name] = safetensors_file.array_of(dtype, tensor.shape, tensor.data)
    return arrays
