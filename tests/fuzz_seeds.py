"""Small files of every kind FaceMend reads, made on the fly, for `fuzz_files` to damage."""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import TiffImageFile

from engine import Photo, write_photo
from engine.geometry import Frame
from engine.photo.chunks import written
from engine.photo.encoding import encode
from engine.photo.metadata import Metadata
from faceapp.editing.document import Document
from faceapp.settings import Settings
from faceapp.storage.project import Snapshot, write_project
from tests.things.table import THINGS

SIZE = (40, 24)


def photos(folder: Path) -> list[bytes]:
    """Files of every readable format in its usual modes, most with EXIF, ICC, XMP or texts."""
    rng = np.random.default_rng(0)
    picture = Image.fromarray(rng.integers(0, 256, (SIZE[1], SIZE[0], 3)).astype(np.uint8))
    exif = Image.Exif()
    exif[274], exif[271] = 6, "Maker"
    exif[0x8769] = {0x9003: "2001:02:03 04:05:06", 0xA002: 40, 0xA003: 24}
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    info = PngInfo()
    info.add_text("Title", "Grandmother", zip=True)
    info.add_itxt("XML:com.adobe.xmp", '<x:xmpmeta tiff:Orientation="3"/>', zip=True)
    told: dict[str, Any] = {"exif": exif.tobytes(), "icc_profile": icc, "dpi": (300, 300)}
    made = [
        _saved(picture.convert(mode), "PNG", **told, pnginfo=info)
        for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
    ]
    made += [_saved(picture, "JPEG", **told, xmp=b"<x/>", comment=b"note", subsampling=s) for s in (0, 1, 2)]
    made += [_saved(picture.convert(mode), "JPEG", progressive=True) for mode in ("L", "CMYK", "RGB")]
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        made.append(_saved(picture, "TIFF", compression=compression, icc_profile=icc, dpi=(72, 72)))
    made += [_saved(picture.convert(mode), "TIFF") for mode in ("1", "P", "CMYK", "F", "LA")]
    made += [_saved(picture, "WEBP", lossless=lossless, **told) for lossless in (True, False)]
    made += [_saved(picture.convert(mode), "BMP") for mode in ("1", "L", "P", "RGB")]
    made += [_saved(picture.convert("P"), "GIF", save_all=True, append_images=[picture.convert("P")])]
    made += [_saved(picture, form) for form in ("PPM", "JPEG2000", "AVIF", "TGA") if form in Image.SAVE]
    for number, channels in enumerate((1, 2, 3, 4)):
        deep = rng.integers(0, 65536, (SIZE[1], SIZE[0], channels)).astype(np.uint16)
        for suffix in (".png", ".tif")[: 1 if channels == 2 else 2]:
            path = folder / f"deep{number}{suffix}"
            write_photo(Photo.from_array(deep), path, force=True)
            made.append(path.read_bytes())
    return made + _jpegs(picture) + _pngs(picture) + _tiffs() + _things()


def _jpegs(picture: Image.Image) -> list[bytes]:
    """With rarer sampling and coding, an index of pictures, XMP in parts, things appended, and without an end."""
    cases = Path(__file__).resolve().parent / "cases"
    made = [path.read_bytes() for path in sorted(cases.glob("j_*.jpg"))]
    made.append(_saved(picture, "MPO", save_all=True, append_images=[picture, picture]))
    made.append(_saved(picture, "JPEG", keep_rgb=True, restart_marker_blocks=2))
    more = b"http://ns.adobe.com/xmp/extension/\0" + b"A" * 32 + bytes(8) + b"<x/>"
    claim = b'<x:xmpmeta xmpNote:HasExtendedXMP="' + b"A" * 32 + b'"/>'
    made.append(_saved(picture, "JPEG", xmp=claim, extra=b"\xff\xe1" + (len(more) + 2).to_bytes(2, "big") + more))
    return made + [_saved(picture, "JPEG", progressive=progressive)[:-2] for progressive in (True, False)]


def _pngs(picture: Image.Image) -> list[bytes]:
    """With chunks of every kind, before and behind the pixels, of 8 and of 16 bits."""
    exif = b"MM\0*\0\0\0\x08\0\1\1\x12\0\4\0\0\0\1\0\0\0\6\0\0\0\0"
    early = {b"cICP": b"\x09\x10\0\1", b"mDCV": bytes(24), b"cLLI": bytes(8), b"sBIT": b"\x08\x08\x08"}
    early |= {b"iCCP": b"a\0\0" + zlib.compress(bytes(3000)), b"pHYs": bytes((0, 0, 0, 2, 0, 0, 0, 3, 0))}
    late = {b"eXIf": exif, b"zTXt": b"Notes\0\0" + zlib.compress(b"much" * 999), b"tEXt": b"Author\0J\xfcrgen"}
    late |= {b"iTXt": b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b"<x/>"), b"prVt": b"", b"dSIG": b"x"}
    grey = np.asarray(picture.convert("L"))
    made = []
    for photo, key in ((np.asarray(picture), bytes(6)), (grey.astype(np.uint16), bytes(2))):
        stream = io.BytesIO()
        encode(stream, Photo.from_array(photo).raster, Metadata(), form="PNG")
        file = stream.getvalue()
        start, end = file.index(b"IDAT") - 4, file.rindex(b"IEND") - 4
        before, behind = (b"".join(written(*chunk) for chunk in part.items()) for part in (early, late))
        made.append(file[:start] + before + written(b"tRNS", key) + file[start:end] + behind + file[end:] + b"more")
        made.append(file[:start] + file[start:end])
    return made


def _tiffs() -> list[bytes]:
    """With planes apart, tiles, other byte orders and rarer compression."""
    rng, made = np.random.default_rng(1), []
    for kind, bits in ((np.uint8, 8), (np.uint16, 16)):
        planes = rng.integers(0, 1 << bits, (4, SIZE[1], SIZE[0])).astype(kind)
        for channels, options in ((3, {}), (4, {"tile": (16, 16)}), (3, {"byteorder": ">", "predictor": True})):
            compression = "zlib" if options else None
            stream = io.BytesIO()
            tifffile.imwrite(
                stream,
                planes[:channels],
                photometric="rgb",
                planarconfig="separate",
                compression=compression,
                **options,
            )
            made.append(stream.getvalue())
        for compression in ("zstd", "lzma"):
            made.append(_packed(planes[:3].transpose(1, 2, 0), compression))
    return made


def _things() -> list[bytes]:
    """With every thing that the table of things knows, and with more than 8 bits."""
    here = Path(__file__).resolve().parent / "engine/photo"
    made = dict.fromkeys(maker() for row in THINGS for maker in row.files.values())
    return [*made, *(path.read_bytes() for name in ("deep", "tiffs") for path in sorted((here / name).iterdir()))]


def _packed(pixels: np.ndarray, compression: str) -> bytes:
    """A TIFF of (H, W, 3) pixels in one strip, by a compression that Pillow has for 8 bits alone."""
    plain = np.frombuffer(pixels.astype(pixels.dtype.newbyteorder("<")).tobytes(), np.uint8)
    stream, out = io.BytesIO(), io.BytesIO()
    Image.fromarray(plain.reshape(len(pixels), -1)).save(stream, "TIFF", compression=compression)
    with Image.open(stream) as image:
        assert isinstance(image, TiffImageFile)
        (start,), (length,) = (image.tag_v2[tag] for tag in (273, 279))
    strip = stream.getvalue()[start : start + length]
    tifffile.imwrite(
        out, iter([strip]), shape=pixels.shape, dtype=pixels.dtype, photometric="rgb",
        compression=compression, rowsperstrip=len(pixels),
    )  # fmt: skip
    return out.getvalue()


def project(folder: Path) -> bytes:
    """A project file with a photo, a mask, a frame with edges and a variant."""
    path = folder / "photo.png"
    path.write_bytes(photos(folder)[4])
    from engine import Request, read_photo, restore
    from faceapp.editing.variant import Variant

    document = Document(read_photo(path), path=path)

    def marked(target: np.ndarray) -> Any:
        from engine.geometry import Box

        target[5:9, 4:12] = 255
        return Box(0, 0, target.shape[1], target.shape[0])

    document.edit_mask("", marked)
    document.set_frames([Frame(12, 20, 20, 0)], "", selected=0)
    document.set_edges(0, np.zeros((256, 256), np.uint8), "")
    request = Request(photo=document.original, mask=document.mask.copy(), method="telea")
    document.set_results([Variant.of(request, restore(request, None))])
    write_project(Snapshot.of(document, Settings()), folder / "a.facemend")
    return (folder / "a.facemend").read_bytes()


def graph(*, external: str | None = None) -> bytes:
    """A small ONNX graph; with `external`, its weight lies in a file of that name."""
    from onnx import TensorProto, helper

    weight = helper.make_tensor("w", TensorProto.FLOAT, [1, 1, 3, 3], np.ones(9, np.float32).tobytes(), raw=True)
    if external is not None:
        weight.ClearField("raw_data")
        weight.data_location = TensorProto.EXTERNAL
        for key, value in (("location", external), ("offset", "0"), ("length", "36")):
            weight.external_data.add(key=key, value=value)
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, 8, 8]) for name in ("x", "y"))
    node = helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])
    body = helper.make_graph([node], "g", [x], [y], [weight])
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def safetensors() -> bytes:
    """A weights file with the right look and tensors of no network."""
    from safetensors.numpy import save

    return bytes(save({"a": np.ones((2, 2), np.float32)}, {"preset": "tiny"}))


def catalog(files: dict[str, bytes]) -> bytes:
    """A catalog that tells the truth about the files."""
    about = {name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()}
    return json.dumps({"name": "fuzz", "default_steps": 1, "files": about}).encode()


def _saved(picture: Image.Image, form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()
