#!/usr/bin/env python3
"""Makes the PDFs of this folder. Needs pycairo and qpdf:  python3 Fixtures/documents/pdf/make.py"""
import os
import subprocess

import cairo

os.chdir(os.path.dirname(os.path.abspath(__file__)))


def page(context, title, lines):
    context.set_font_size(20)
    context.move_to(60, 80)
    context.show_text(title)
    context.set_font_size(11)
    for number, line in enumerate(lines):
        context.move_to(60, 120 + 18 * number)
        context.show_text(line)
    context.rectangle(60, 700, 200, 60)
    context.stroke()
    context.show_page()


def report(name):
    surface = cairo.PDFSurface(name, 595, 842)
    surface.set_metadata(cairo.PDF_METADATA_TITLE, "Service report 4711")
    surface.set_metadata(cairo.PDF_METADATA_CREATE_DATE, "2026-11-22T10:00:00Z")
    context = cairo.Context(surface)
    page(context, "Service report 4711", ["Lift 2, inspected.", "Door sensor replaced.", "Größe: 3 × 2 m"])
    page(context, "Terms", ["The customer confirms the work above."])
    surface.finish()


report("report.pdf")
subprocess.run(["qpdf", "--object-streams=generate", "--deterministic-id", "report.pdf", "cross-reference-stream.pdf"], check=True)
subprocess.run(
    ["qpdf", "--static-id", "--static-aes-iv", "--encrypt", "", "owner", "256", "--", "report.pdf", "encrypted.pdf"], check=True)
