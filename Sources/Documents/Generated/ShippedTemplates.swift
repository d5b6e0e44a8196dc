// Made by tools/generate-schema from Protocol/documents. Change those files, then run the tool.

extension DocumentTemplate {
    /// The templates of `Protocol/documents`, by name.
    public static let shipped: [String: String] = [
        "service_report.en": ##"""
        # What a customer reads and signs after a visit, in English.
        template: service_report.en
        version: 1
        kind: service_report
        language: en
        subject: work_order
        title: Service report
        number: "{{number}}"
        letterhead:
          name: Your company
          lines: ["Put your address, tax number and telephone here."]

        blocks:
          - facts:
              Customer: "{{account.name}}"
              Site: "{{#site}}{{name}}{{#address}}, {{address}}{{/address}}{{#city}}, {{city}}{{/city}}{{/site}}"
              Asked for by: "{{customer_name}}"
              Machine: "{{#asset}}{{name}}{{#serial}}, no. {{serial}}{{/serial}}{{/asset}}"
              Reported: "{{reported_at}}"
          - heading: "{{title}}"
          - text: "{{description}}"
          - heading: "{{#resolution}}What was done{{/resolution}}"
          - text: "{{resolution}}"
          - table:
              rows: checklist_item
              sort: position
              empty: Nothing was to be checked.
              columns:
                - {label: Checked, text: "{{question}}"}
                - {label: Result, text: "{{word(answer)}}"}
          - table:
              rows: part_needed
              empty: No parts were used.
              total: Total
              columns:
                - {label: Part, text: "{{product.name}}"}
                - {label: Article, text: "{{product.sku}}"}
                - {label: Quantity, number: quantity}
                - {label: Unit price, money: product.price_cents}
          - photos: {rows: checklist_item, field: photos, caption: "{{question}}"}
          - facts:
              Agreed price: "{{money(agreed_cents)}}"
          - terms: The work described here was done, and the parts named were fitted, unless something else is noted above. Rights that the law gives you are not touched by your signature.
          - signature:
              name: customer
              label: For the customer
              consent: I have read this report, and I confirm that the work was done as it says. I agree to sign it electronically.
          - signature:
              name: technician
              label: For the company
              consent: The work was done as this report says.

        words: {"true": "yes", "false": "no", urgent: at once}

        """##,
        "service_report.es": ##"""
        # Lo que un cliente lee y firma después de una visita, en español.
        template: service_report.es
        version: 1
        kind: service_report
        language: es
        subject: work_order
        title: Informe de servicio
        number: "{{number}}"
        letterhead:
          name: Su empresa
          lines: ["Escriba aquí su dirección, identificación fiscal y teléfono."]

        blocks:
          - facts:
              Cliente: "{{account.name}}"
              Lugar: "{{#site}}{{name}}{{#address}}, {{address}}{{/address}}{{#city}}, {{city}}{{/city}}{{/site}}"
              Solicitado por: "{{customer_name}}"
              Equipo: "{{#asset}}{{name}}{{#serial}}, n.º {{serial}}{{/serial}}{{/asset}}"
              Avisado: "{{reported_at}}"
          - heading: "{{title}}"
          - text: "{{description}}"
          - heading: "{{#resolution}}Trabajo realizado{{/resolution}}"
          - text: "{{resolution}}"
          - table:
              rows: checklist_item
              sort: position
              empty: No había nada que comprobar.
              columns:
                - {label: Comprobación, text: "{{question}}"}
                - {label: Resultado, text: "{{word(answer)}}"}
          - table:
              rows: part_needed
              empty: No se usaron repuestos.
              total: Total
              columns:
                - {label: Repuesto, text: "{{product.name}}"}
                - {label: Artículo, text: "{{product.sku}}"}
                - {label: Cantidad, number: quantity}
                - {label: Precio unitario, money: product.price_cents}
          - photos: {rows: checklist_item, field: photos, caption: "{{question}}"}
          - facts:
              Precio acordado: "{{money(agreed_cents)}}"
          - terms: El trabajo aquí descrito fue realizado y los repuestos indicados fueron instalados, salvo que arriba se indique otra cosa. Su firma no afecta los derechos que le otorga la ley.
          - signature:
              name: customer
              label: Por el cliente
              consent: He leído este informe y confirmo que el trabajo se realizó como en él se indica. Acepto firmarlo electrónicamente.
          - signature:
              name: technician
              label: Por la empresa
              consent: El trabajo se realizó como indica este informe.

        words: {"true": "sí", "false": "no", urgent: de inmediato, piece: pieza, metre: metro, litre: litro, kilogram: kilogramo, set: juego}

        """##,
    ]
}
