/// An object of a PDF, without streams (ISO 32000-1, 7.3).
indirect enum PDFValue: Equatable {
    case null
    case boolean(Bool)
    case integer(Int)
    /// As it is spelled, so that it is written again as it was.
    case real(String)
    /// Each byte of the name is a scalar.
    case name(String)
    /// The bytes that it stands for, and where it stands in the file, delimiters included.
    case string([UInt8], at: Range<Int>)
    case array([PDFValue])
    case dictionary(PDFDictionary)
    case reference(PDFReference)

    static func string(_ bytes: [UInt8]) -> PDFValue { .string(bytes, at: 0..<0) }

    var dictionary: PDFDictionary? { if case .dictionary(let value) = self { value } else { nil } }
    var array: [PDFValue]? { if case .array(let value) = self { value } else { nil } }
    var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    var name: String? { if case .name(let value) = self { value } else { nil } }
    var reference: PDFReference? { if case .reference(let value) = self { value } else { nil } }
    var bytes: [UInt8]? { if case .string(let value, _) = self { value } else { nil } }
}
