/// Texts of people, without what they say: letters become x, digits 0, and what stands between stays, so that a text keeps its shape.
///
/// The length is told exactly up to `exactly` characters; a longer text is cut to the next lower power of two.
enum MaskedText {
    static let exactly = 32

    static func of(_ text: String) -> String {
        var length = text.count
        if length > exactly {
            var power = exactly
            while power * 2 <= length { power *= 2 }
            length = power
        }
        return String(text.prefix(length).map(masked))
    }

    private static func masked(_ character: Character) -> Character {
        if character.isNumber { return "0" }
        if character.isLetter { return character.isUppercase ? "X" : "x" }
        // What is neither letter nor digit in ASCII says nothing; any other sign may be anything, such as an emoji or a name's accent.
        return character.isASCII && !character.isNewline ? character : "x"
    }
}
