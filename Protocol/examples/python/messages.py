"""The protocol's messages, generated from the .proto files when this module is first used.

Nothing generated is kept in the tree: protoc writes into a temporary folder that lives as long as the
process.
"""

import importlib
import os
import shutil
import subprocess
import sys
import tempfile

_PROTOCOL = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


def _generate():
    protoc = shutil.which("protoc")
    if protoc is None:
        sys.exit("protoc is missing. Install it with: apt-get install protobuf-compiler")
    folder = tempfile.TemporaryDirectory(prefix="converge-proto-")
    subprocess.run(
        [protoc, f"--proto_path={_PROTOCOL}", f"--python_out={folder.name}",
         "converge/v1/changeset.proto", "converge/v1/sync.proto"],
        check=True, cwd=_PROTOCOL)
    sys.path.insert(0, folder.name)
    return folder


_folder = _generate()
changeset = importlib.import_module("converge.v1.changeset_pb2")
sync = importlib.import_module("converge.v1.sync_pb2")
