"""What pyHanko says of the signatures of PDFs, as one line of JSON for each PDF.

check_signatures.py LIST        LIST has on its first line the trusted certificates, on each further one a PDF,
                                separated by tabs where there are several
"""
import asyncio
import json
import logging
import sys
from datetime import datetime, timezone

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

logging.disable(logging.CRITICAL)


async def signature(embedded, trusted):
    context = ValidationContext(trust_roots=trusted, allow_fetching=False)
    status = await async_validate_pdf_signature(embedded, context, ts_validation_context=ValidationContext(trust_roots=trusted, allow_fetching=False))
    timestamp = status.timestamp_validity
    return {
        "field": embedded.field_name,
        "intact": status.intact,
        "valid": status.valid,
        "trusted": status.trusted,
        "bottomLine": status.bottom_line,
        "coverage": status.coverage.name,
        "modifications": status.modification_level.name if status.modification_level else None,
        "subFilter": str(embedded.sig_object["/SubFilter"]),
        "timestampValid": bool(timestamp and timestamp.valid and timestamp.intact and timestamp.trusted),
        "summary": status.summary(),
        "pretty": status.pretty_print_details(),
    }


async def main():
    with open(sys.argv[1]) as file:
        trusted, *paths = [line.rstrip("\n").split("\t") for line in file]
    trusted = [load_cert_from_pemder(path) for path in trusted]
    for (path,) in paths:
        with open(path, "rb") as file:
            try:
                reader = PdfFileReader(file)
                found = [await signature(embedded, trusted) for embedded in reader.embedded_signatures]
                print(json.dumps({"signatures": found}))
            except Exception as error:  # Whatever a damaged PDF leads to, it is not accepted.
                print(json.dumps({"signatures": [], "error": f"{type(error).__name__}: {error}"}))


asyncio.run(main())
