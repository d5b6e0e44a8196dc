import CustomerMessages
import Testing

/// The templates that the program brings, and a company's own.
@Suite struct MessageTemplatesTests {
    private func shipped(_ kind: MessageKind, _ language: String) throws -> MessageTemplate {
        try #require(MessageTemplates().template(kind, language: language))
    }

    @Test func allKindsStandInBothLanguages() throws {
        #expect(try MessageTemplates().languages == ["en", "es"])
        #expect(MessageTemplate.shipped.count == MessageKind.allCases.count * 2)
        for kind in MessageKind.allCases {
            for language in ["en", "es"] {
                let text = try #require(MessageTemplate.shipped["\(kind.rawValue).\(language)"])
                let template = try MessageTemplate.read(text)
                #expect(template.kind == kind && template.language == language)
            }
        }
    }

    @Test(arguments: MessageKind.allCases) func theSameFactsAreToldInBothLanguages(_ kind: MessageKind) throws {
        let english = try shipped(kind, "en").names
        #expect(try english == shipped(kind, "es").names)
        // What a kind may tell is told.
        #expect(english.isSuperset(of: kind.known.subtracting([.technician, .site])))
    }
}

extension MessageTemplatesTests {
    private static let own = """
        message: visit_done
        version: 7
        language: es-CL
        subject: "¿Todo bien?"
        paragraphs: ["{{sender}}"]
        button: {label: Contar, address: "O aquí:"}
        sms: "{{link}}"
        """

    @Test func ownTemplatesStandInThePlaceOfThoseBrought() throws {
        let own = try MessageTemplates(own: ["hecho.yaml": Self.own, "two": Self.own.replacing("es-CL", with: "en")])
        #expect(own.template(.visitDone, language: "es-CL")?.version == 7)
        #expect(own.template(.visitDone, language: "es-cl")?.version == 7)
        #expect(own.template(.visitDone, language: "en")?.version == 7)
        #expect(own.template(.visitDone, language: "es-MX")?.version == 1)
        #expect(own.template(.visitBooked, language: "es-CL")?.language == "es")
        #expect(own.template(.visitBooked, language: "ja")?.language == "en")
        #expect(own.template(.visitBooked, language: "")?.language == "en")
        #expect(own.languages == ["en", "es"])
    }

    @Test func aRegionsTemplatesAreTakenThereInTheReadersLanguage() throws {
        let english = Self.own.replacing("es-CL", with: "en"), other = english.replacing("version: 7", with: "version: 8")
        let templates = try MessageTemplates(own: ["a.yaml": english], regions: ["Harborside": ["b.yaml": other]])
        func version(_ language: String, _ territories: [String]) -> Int? { templates.template(.visitDone, language: language, in: territories)?.version }
        #expect(version("en", ["Harborside", "New York"]) == 8 && version("en-US", ["Pier Nine", "Harborside"]) == 8)
        #expect(version("en", ["Uptown"]) == 7 && version("en", []) == 7)
        // Spanish is brought along; nobody is written to in English because of where they are.
        #expect(version("es", ["Harborside"]) == 1 && version("ja", ["Harborside"]) == 8)
        let error = #expect(throws: MessageError.self) { try MessageTemplates(regions: ["Harborside": ["b.yaml": "x"]]) }
        #expect(error?.message.hasPrefix("Harborside/b.yaml: ") == true)
    }

    @Test func whatIsWrongNamesTheTemplate() {
        for own in [["a.yaml": "x"], ["a.yaml": Self.own, "b.yaml": Self.own]] {
            let error = #expect(throws: MessageError.self) { try MessageTemplates(own: own) }
            #expect(error?.message.contains(".yaml: ") == true && error?.code == .template)
        }
        #expect(MessageLimits.areConsistent)
    }
}
