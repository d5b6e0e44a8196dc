// Made by tools/generate-schema from Protocol/documents. Change those files, then run the tool.

extension DocumentTemplate {
    /// The templates of `Protocol/documents`, by name.
    public static let shipped: [String: String] = [
        "acceptance.en": ##"""
        # By what a customer accepts finished work, with or without reservations, in English.
        template: acceptance.en
        version: 1
        kind: acceptance
        language: en
        subject: work_order
        title: Acceptance of work
        number: "{{number}}"
        letterhead:
          name: Your company
          lines: ["Put your address, tax number and telephone here."]

        blocks:
          - facts:
              Customer: "{{account.name}}"
              Site: "{{#site}}{{name}}{{#address}}, {{address}}{{/address}}{{#city}}, {{city}}{{/city}}{{/site}}"
              Represented by: "{{customer_name}}"
              Machine: "{{#asset}}{{name}}{{#serial}}, no. {{serial}}{{/serial}}{{/asset}}"
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
                - {label: Result, text: "{{#answer}}{{word(answer)}}{{/answer}}{{^answer}}open{{/answer}}"}
          - table:
              rows: part_needed
              empty: No parts were fitted.
              columns:
                - {label: Part, text: "{{product.name}}"}
                - {label: Article, text: "{{product.sku}}"}
                - {label: Quantity, number: quantity}
          - photos: {rows: checklist_item, field: photos, caption: "{{question}}"}
          - heading: Acceptance
          - text: |-
              The customer has seen the work and takes it over as it is described here. What is marked as open above is not accepted yet and stays to be done.

              From today the customer answers for its use, and the time for claims about the work begins.
          - terms: Defects that could not be seen today may still be reported. Rights that the law gives you are not touched by your signature. If you do not accept the work, do not sign; tell us why.
          - signature:
              name: customer
              label: For the customer
              consent: I have seen the work and accept it as this document says. I agree to sign it electronically.
          - signature:
              name: technician
              label: For the company
              consent: The work was handed over as this document says.

        words: {"true": "yes", "false": "no"}

        """##,
        "acceptance.es": ##"""
        # Con lo que un cliente recibe un trabajo terminado, con o sin reservas, en español.
        template: acceptance.es
        version: 1
        kind: acceptance
        language: es
        subject: work_order
        title: Acta de recepción
        number: "{{number}}"
        letterhead:
          name: Su empresa
          lines: ["Escriba aquí su dirección, identificación fiscal y teléfono."]

        blocks:
          - facts:
              Cliente: "{{account.name}}"
              Lugar: "{{#site}}{{name}}{{#address}}, {{address}}{{/address}}{{#city}}, {{city}}{{/city}}{{/site}}"
              Representado por: "{{customer_name}}"
              Equipo: "{{#asset}}{{name}}{{#serial}}, n.º {{serial}}{{/serial}}{{/asset}}"
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
                - {label: Resultado, text: "{{#answer}}{{word(answer)}}{{/answer}}{{^answer}}pendiente{{/answer}}"}
          - table:
              rows: part_needed
              empty: No se instalaron repuestos.
              columns:
                - {label: Repuesto, text: "{{product.name}}"}
                - {label: Artículo, text: "{{product.sku}}"}
                - {label: Cantidad, number: quantity}
          - photos: {rows: checklist_item, field: photos, caption: "{{question}}"}
          - heading: Recepción
          - text: |-
              El cliente ha visto el trabajo y lo recibe tal como aquí se describe. Lo que arriba figura como pendiente aún no se recibe y queda por hacer.

              Desde hoy el cliente responde por su uso, y comienza el plazo para reclamar por el trabajo.
          - terms: Los defectos que hoy no podían verse todavía pueden reclamarse. Su firma no afecta los derechos que le otorga la ley. Si no recibe el trabajo conforme, no firme; díganos por qué.
          - signature:
              name: customer
              label: Por el cliente
              consent: He visto el trabajo y lo recibo tal como dice este documento. Acepto firmarlo electrónicamente.
          - signature:
              name: technician
              label: Por la empresa
              consent: El trabajo se entregó como dice este documento.

        words: {"true": "sí", "false": "no"}

        """##,
        "contract.en": ##"""
        # What company and customer agree on for one job, in English. Have your lawyer read it before you use it.
        template: contract.en
        version: 1
        kind: contract
        language: en
        subject: work_order
        title: Contract for work
        number: "{{number}}"
        letterhead:
          name: Your company
          lines: ["Put your address, tax number and telephone here."]

        blocks:
          - text: This contract is made between the company named above and the customer named here.
          - facts:
              Customer: "{{#account}}{{name}}{{#address}}, {{address}}{{/address}}{{#postal_code}}, {{postal_code}}{{/postal_code}}{{#city}} {{city}}{{/city}}{{/account}}"
              Tax number: "{{account.tax_id}}"
              Represented by: "{{#contact}}{{name}}{{/contact}}{{^contact}}{{customer_name}}{{/contact}}"
              Site: "{{#site}}{{name}}{{#address}}, {{address}}{{/address}}{{#city}}, {{city}}{{/city}}{{/site}}"
              Machine: "{{#asset}}{{name}}{{#serial}}, no. {{serial}}{{/serial}}{{/asset}}"
          - heading: 1. The work
          - text: |-
              {{title}}.{{#description}} {{description}}{{/description}}

              The company does the work with people who are trained for it, by the state of the art and by the rules of safety that hold at the site.
          - table:
              rows: part_needed
              empty: The contract names no parts.
              total: All parts
              columns:
                - {label: Part, text: "{{product.name}}"}
                - {label: Article, text: "{{product.sku}}"}
                - {label: Quantity, number: quantity}
                - {label: Amount, money: product.price_cents, times: quantity, sum: true}
          - heading: 2. When
          - text: "{{#due_at}}The work is finished by {{date(due_at)}}. {{/due_at}}{{^due_at}}The parties agree on the days of the work. {{/due_at}}The customer sees to it that the place can be reached and that the machine may be stopped. Whoever cannot keep a day tells the other as soon as it is known."
          - heading: 3. Price
          - text: "{{#agreed_cents}}The price is {{money(agreed_cents)}}, with parts and journeys; taxes are added where the law asks for them. {{/agreed_cents}}{{^agreed_cents}}The price is that of the company's quote for this order; without one, the company's rates on the day hold. {{/agreed_cents}}The invoice comes when the work is done, and is due within 30 days. Work that is not named here is done and charged only if the customer has ordered it."
          - heading: 4. Acceptance and defects
          - text: |-
              When the work is finished the parties look at it together and write down what is still to be done. With that the customer has taken it over.

              The company mends without charge what is defective in its work, if it is told within twelve months of the day on which the work was taken over. Longer times that the law gives remain.
          - heading: 5. Ending it
          - text: The customer may end the contract at any time before the work is finished, and pays for what was done and ordered until then. Either may end it at once if the other does not do what was agreed although reminded in writing.
          - heading: 6. General
          - text: Changes to this contract are made in writing. If a part of it does not hold, the rest does. It is signed electronically, and each party gets a copy. Rights that the law gives to consumers are not touched.
          - signature:
              name: customer
              label: For the customer
              consent: I have read this contract and agree to it, also in the name of the customer whom I represent. I agree to sign it electronically.
          - signature:
              name: company
              label: For the company
              consent: The company agrees to this contract.

        words: {"true": "yes", "false": "no"}

        """##,
        "contract.es": ##"""
        # Lo que empresa y cliente acuerdan para un trabajo, en español. Haga que su abogado lo lea antes de usarlo.
        template: contract.es
        version: 1
        kind: contract
        language: es
        subject: work_order
        title: Contrato de obra
        number: "{{number}}"
        letterhead:
          name: Su empresa
          lines: ["Escriba aquí su dirección, identificación fiscal y teléfono."]

        blocks:
          - text: Este contrato se celebra entre la empresa que figura arriba y el cliente que aquí se indica.
          - facts:
              Cliente: "{{#account}}{{name}}{{#address}}, {{address}}{{/address}}{{#postal_code}}, {{postal_code}}{{/postal_code}}{{#city}} {{city}}{{/city}}{{/account}}"
              Identificación fiscal: "{{account.tax_id}}"
              Representado por: "{{#contact}}{{name}}{{/contact}}{{^contact}}{{customer_name}}{{/contact}}"
              Lugar: "{{#site}}{{name}}{{#address}}, {{address}}{{/address}}{{#city}}, {{city}}{{/city}}{{/site}}"
              Equipo: "{{#asset}}{{name}}{{#serial}}, n.º {{serial}}{{/serial}}{{/asset}}"
          - heading: 1. El trabajo
          - text: |-
              {{title}}.{{#description}} {{description}}{{/description}}

              La empresa realiza el trabajo con personal capacitado, conforme a las reglas del oficio y a las normas de seguridad que rijan en el lugar.
          - table:
              rows: part_needed
              empty: El contrato no nombra repuestos.
              total: Todos los repuestos
              columns:
                - {label: Repuesto, text: "{{product.name}}"}
                - {label: Artículo, text: "{{product.sku}}"}
                - {label: Cantidad, number: quantity}
                - {label: Importe, money: product.price_cents, times: quantity, sum: true}
          - heading: 2. El plazo
          - text: "{{#due_at}}El trabajo se termina a más tardar el {{date(due_at)}}. {{/due_at}}{{^due_at}}Las partes acuerdan los días del trabajo. {{/due_at}}El cliente se ocupa de que se pueda llegar al lugar y de que el equipo pueda detenerse. Quien no pueda cumplir un día avisa a la otra parte en cuanto lo sepa."
          - heading: 3. El precio
          - text: "{{#agreed_cents}}El precio es de {{money(agreed_cents)}}, con repuestos y desplazamientos; se añaden los impuestos que exija la ley. {{/agreed_cents}}{{^agreed_cents}}El precio es el del presupuesto de la empresa para este encargo; si no lo hay, rigen las tarifas de la empresa de ese día. {{/agreed_cents}}La factura se emite al terminar el trabajo y vence a los 30 días. Lo que aquí no se nombra solo se hace y se cobra si el cliente lo ha encargado."
          - heading: 4. Recepción y defectos
          - text: |-
              Al terminar el trabajo las partes lo revisan juntas y anotan lo que falte. Con ello el cliente lo ha recibido.

              La empresa repara sin costo los defectos de su trabajo que se le comuniquen dentro de los doce meses siguientes a la recepción. Se mantienen los plazos mayores que otorgue la ley.
          - heading: 5. Término
          - text: El cliente puede poner término al contrato en todo momento antes de que el trabajo esté terminado, y paga lo hecho y lo encargado hasta entonces. Cualquiera de las partes puede ponerle término de inmediato si la otra no cumple lo acordado pese a un aviso por escrito.
          - heading: 6. Lo demás
          - text: Este contrato se modifica por escrito. Si una parte de él no es válida, el resto se mantiene. Se firma electrónicamente y cada parte recibe una copia. No se afectan los derechos que la ley otorga a los consumidores.
          - signature:
              name: customer
              label: Por el cliente
              consent: He leído este contrato y estoy de acuerdo con él, también en nombre del cliente a quien represento. Acepto firmarlo electrónicamente.
          - signature:
              name: company
              label: Por la empresa
              consent: La empresa está de acuerdo con este contrato.

        words: {"true": "sí", "false": "no"}

        """##,
        "quote.en": ##"""
        # What a customer is offered, and may order by signing, in English.
        template: quote.en
        version: 1
        kind: quote
        language: en
        subject: work_order
        title: Quote
        number: "{{number}}"
        letterhead:
          name: Your company
          lines: ["Put your address, tax number and telephone here."]

        blocks:
          - facts:
              Customer: "{{#account}}{{name}}{{#address}}, {{address}}{{/address}}{{#postal_code}}, {{postal_code}}{{/postal_code}}{{#city}} {{city}}{{/city}}{{/account}}"
              For the attention of: "{{#contact}}{{name}}{{/contact}}{{^contact}}{{customer_name}}{{/contact}}"
              Site: "{{#site}}{{name}}{{#address}}, {{address}}{{/address}}{{#city}}, {{city}}{{/city}}{{/site}}"
              Machine: "{{#asset}}{{name}}{{#serial}}, no. {{serial}}{{/serial}}{{/asset}}"
              You asked on: "{{date(reported_at)}}"
              We could finish by: "{{date(due_at)}}"
          - heading: "{{title}}"
          - text: "{{description}}"
          - heading: Parts
          - table:
              rows: part_needed
              empty: No parts are needed.
              total: All parts
              columns:
                - {label: Part, text: "{{product.name}}"}
                - {label: Article, text: "{{product.sku}}"}
                - {label: Quantity, number: quantity}
                - {label: Unit price, money: product.price_cents}
                - {label: Amount, money: product.price_cents, times: quantity, sum: true}
          - facts:
              Price for everything: "{{money(agreed_cents)}}"
          - text: "{{#agreed_cents}}The price is for the work described and the parts named, with the journey. Taxes are added where the law asks for them.{{/agreed_cents}}{{^agreed_cents}}Work and journeys are charged by the hours that they take, at the rates that hold on the day; parts at the prices named. Taxes are added where the law asks for them.{{/agreed_cents}}"
          - heading: What holds for this quote
          - terms: |-
              We stand by this quote for 30 days from its date. It becomes an order when you sign it.

              If the work shows that more is needed, we stop and ask you before anything is done that costs more.

              The invoice comes when the work is done, and is due within 30 days. Parts are ours until they are paid. Rights that the law gives you, the right to withdraw among them where you have it, are not touched.
          - signature:
              name: customer
              label: Ordered by the customer
              consent: I order the work at the price and on the terms of this quote. I agree to sign it electronically.

        words: {"true": "yes", "false": "no"}

        """##,
        "quote.es": ##"""
        # Lo que se ofrece a un cliente, y que puede encargar con su firma, en español.
        template: quote.es
        version: 1
        kind: quote
        language: es
        subject: work_order
        title: Presupuesto
        number: "{{number}}"
        letterhead:
          name: Su empresa
          lines: ["Escriba aquí su dirección, identificación fiscal y teléfono."]

        blocks:
          - facts:
              Cliente: "{{#account}}{{name}}{{#address}}, {{address}}{{/address}}{{#postal_code}}, {{postal_code}}{{/postal_code}}{{#city}} {{city}}{{/city}}{{/account}}"
              A la atención de: "{{#contact}}{{name}}{{/contact}}{{^contact}}{{customer_name}}{{/contact}}"
              Lugar: "{{#site}}{{name}}{{#address}}, {{address}}{{/address}}{{#city}}, {{city}}{{/city}}{{/site}}"
              Equipo: "{{#asset}}{{name}}{{#serial}}, n.º {{serial}}{{/serial}}{{/asset}}"
              Solicitado el: "{{date(reported_at)}}"
              Podríamos terminar el: "{{date(due_at)}}"
          - heading: "{{title}}"
          - text: "{{description}}"
          - heading: Repuestos
          - table:
              rows: part_needed
              empty: No se necesitan repuestos.
              total: Todos los repuestos
              columns:
                - {label: Repuesto, text: "{{product.name}}"}
                - {label: Artículo, text: "{{product.sku}}"}
                - {label: Cantidad, number: quantity}
                - {label: Precio unitario, money: product.price_cents}
                - {label: Importe, money: product.price_cents, times: quantity, sum: true}
          - facts:
              Precio por todo: "{{money(agreed_cents)}}"
          - text: "{{#agreed_cents}}El precio comprende el trabajo descrito y los repuestos indicados, con el desplazamiento. Se añaden los impuestos que exija la ley.{{/agreed_cents}}{{^agreed_cents}}El trabajo y los desplazamientos se cobran por las horas que tomen, a las tarifas vigentes ese día; los repuestos, a los precios indicados. Se añaden los impuestos que exija la ley.{{/agreed_cents}}"
          - heading: Condiciones de este presupuesto
          - terms: |-
              Mantenemos este presupuesto durante 30 días desde su fecha. Con su firma se convierte en un encargo.

              Si durante el trabajo se ve que hace falta más, nos detenemos y le preguntamos antes de hacer nada que cueste más.

              La factura se emite al terminar el trabajo y vence a los 30 días. Los repuestos son nuestros hasta que se paguen. No se afectan los derechos que le otorga la ley, entre ellos el de desistir cuando lo tenga.
          - signature:
              name: customer
              label: Encargado por el cliente
              consent: Encargo el trabajo al precio y en las condiciones de este presupuesto. Acepto firmarlo electrónicamente.

        words: {"true": "sí", "false": "no"}

        """##,
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
