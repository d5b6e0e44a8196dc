import CPangoCairo

/// Makes texts into lines, with fonts of its own: Pango's may be used by one thread at a time.
final class Typesetter {
    private let fontMap: UnsafeMutablePointer<PangoFontMap>
    private let context: OpaquePointer
    private var fonts: [TextStyle: OpaquePointer] = [:]

    /// - Parameter language: as in BCP 47; says which shapes of a letter are used where they differ.
    init(language: String) throws(PDFRenderingError) {
        guard let fontMap = pango_cairo_font_map_new(), let context = pango_font_map_create_context(fontMap) else {
            throw PDFRenderingError(.failed, "Pango could not be started; check that libpangocairo-1.0 is whole.")
        }
        self.fontMap = fontMap
        self.context = context
        var families: UnsafeMutablePointer<UnsafeMutablePointer<PangoFontFamily>?>?
        var count: Int32 = 0
        pango_font_map_list_families(fontMap, &families, &count)
        g_free(families)
        guard count > 0 else {
            throw PDFRenderingError(.fontMissing, "No font is installed; install the packages that tools/install-packages names.")
        }
        pango_cairo_context_set_resolution(context, 72)
        // Places of letters follow from the font alone, whatever a screen would make of them.
        let options = cairo_font_options_create()
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
        pango_cairo_context_set_font_options(context, options)
        cairo_font_options_destroy(options)
        pango_context_set_round_glyph_positions(context, 0)
        pango_context_set_language(context, pango_language_from_string(LanguageTag.cleaned(language)))
    }

    deinit {
        for font in fonts.values { pango_font_description_free(font) }
        g_object_unref(UnsafeMutableRawPointer(context))
        g_object_unref(UnsafeMutableRawPointer(fontMap))
    }

    /// A text that has no lines yet.
    func text(_ text: String, _ style: TextStyle) -> TextBlock {
        guard let layout = pango_layout_new(context) else { preconditionFailure("out of memory") }
        var printable = PrintableText.of(text)
        printable.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { pango_layout_set_text(layout, $0.baseAddress, Int32($0.count)) }
        }
        pango_layout_set_font_description(layout, font(style))
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR)
        switch style.alignment {
        case .leading: pango_layout_set_alignment(layout, PANGO_ALIGN_LEFT)
        case .trailing: pango_layout_set_alignment(layout, PANGO_ALIGN_RIGHT)
        case .centre: pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER)
        }
        if style.alignment == .trailing { pango_layout_set_auto_dir(layout, 0) }
        let attributes = pango_attr_list_new()
        // A hyphen that nobody wrote would stand in a number or a hash.
        pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(0))
        // Readers find and copy letters, and many do not find two that are drawn as one.
        let features = style.hasTabularFigures ? "liga=0, clig=0, tnum=1" : "liga=0, clig=0"
        pango_attr_list_insert(attributes, pango_attr_font_features_new(features))
        pango_layout_set_attributes(layout, attributes)
        pango_attr_list_unref(attributes)
        return TextBlock(layout: layout, style: style)
    }

    /// A text in lines of a width.
    func text(_ text: String, _ style: TextStyle, width: Double) -> TextBlock {
        let block = self.text(text, style)
        block.wrap(to: width)
        return block
    }

    /// A text on one line, without its end if that does not fit.
    func line(_ text: String, _ style: TextStyle, width: Double) -> TextBlock {
        let block = self.text(text.split(whereSeparator: \.isNewline).joined(separator: " "), style)
        block.cutAtEnd()
        block.wrap(to: width)
        return block
    }

    private func font(_ style: TextStyle) -> OpaquePointer {
        var key = style
        key.ink = .text
        key.alignment = .leading
        key.hasTabularFigures = false
        if let font = fonts[key] { return font }
        guard let font = pango_font_description_new() else { preconditionFailure("out of memory") }
        pango_font_description_set_family(font, style.families)
        pango_font_description_set_absolute_size(font, style.size * pangoScale)
        if style.isBold { pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD) }
        if style.face == .script { pango_font_description_set_style(font, PANGO_STYLE_ITALIC) }
        fonts[key] = font
        return font
    }
}
