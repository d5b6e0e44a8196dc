// Made by tools/generate-schema from Protocol/messages. Change those files, then run the tool.

extension MessageTemplate {
    /// The templates of `Protocol/messages`, by name.
    public static let shipped: [String: String] = [
        "one_time_code.en": ##"""
        # A code that proves, when signing, that mail or telephone are the signer's, in English. Never with a link.
        message: one_time_code
        version: 1
        language: en
        subject: "Your code for {{sender}}: {{code}}"
        greeting: "Hello{{#reader}} {{reader}}{{/reader}},"
        paragraphs:
          - "Type this code on the page on which you are signing{{#documents}} ({{documents}}){{/documents}}:"
          - code: "{{code}}"
          - "It is good for {{minutes}} minutes, and for one signature."
          - "Never pass it on, not even to somebody who says they are from {{sender}}. Nobody of us will ask you for it by telephone or message."
        closing: "You are not signing anything just now? Then somebody else has your link: do not give the code to anyone, and tell {{sender}}."
        sms: "{{code}} is your code to sign for {{sender}}, good for {{minutes}} minutes. Never pass it on: nobody of us will ask you for it."

        """##,
        "one_time_code.es": ##"""
        # Un código que prueba, al firmar, que el correo o el teléfono es de quien firma, en español. Nunca con enlace.
        message: one_time_code
        version: 1
        language: es
        subject: "Su código para {{sender}}: {{code}}"
        greeting: "Hola{{#reader}}, {{reader}}{{/reader}}:"
        paragraphs:
          - "Escriba este código en la página en la que está firmando{{#documents}} ({{documents}}){{/documents}}:"
          - code: "{{code}}"
          - "Vale durante {{minutes}} minutos y para una sola firma."
          - "No se lo dé a nadie, tampoco a quien diga ser de {{sender}}. Nadie de nosotros se lo pedirá por teléfono ni por mensaje."
        closing: "¿No está firmando nada en este momento? Entonces otra persona tiene su enlace: no dé el código a nadie y avise a {{sender}}."
        sms: "{{code}} es su código para firmar con {{sender}}; vale {{minutes}} minutos. No se lo dé a nadie: nosotros nunca se lo pediremos."

        """##,
        "signature_reminder.en": ##"""
        # A signature that was asked for has not been given yet, in English.
        message: signature_reminder
        version: 1
        language: en
        subject: "Reminder: {{sender}} awaits your signature: {{documents}}"
        greeting: "Hello{{#reader}} {{reader}}{{/reader}},"
        paragraphs:
          - "{{#asker}}{{asker}} of {{sender}}{{/asker}}{{^asker}}{{sender}}{{/asker}} asked you to read and sign the following, and your signature is still missing:"
          - list: documents
          - facts:
              Sign until: "{{expires}}"
          - "If you do not want to sign, decline on the page and say why; then we do not remind you again."
        button: {label: Read and sign, address: "If the button does not work, open this address in your browser:"}
        closing: "The link is yours alone; please do not pass this message on."
        sms: "Reminder: {{sender}} awaits your signature{{#expires}} until {{expires}}{{/expires}}: {{link}}"

        """##,
        "signature_reminder.es": ##"""
        # Una firma que se ha pedido falta todavía, en español.
        message: signature_reminder
        version: 1
        language: es
        subject: "Recordatorio: {{sender}} espera su firma: {{documents}}"
        greeting: "Hola{{#reader}}, {{reader}}{{/reader}}:"
        paragraphs:
          - "{{#asker}}{{asker}}, de {{sender}},{{/asker}}{{^asker}}{{sender}}{{/asker}} le pidió leer y firmar lo siguiente, y su firma falta todavía:"
          - list: documents
          - facts:
              Puede firmar hasta: "{{expires}}"
          - "Si no quiere firmar, puede rechazarlo en la página y decir por qué; así no le enviaremos más recordatorios."
        button: {label: Leer y firmar, address: "Si el botón no funciona, abra esta dirección en su navegador:"}
        closing: "El enlace es solo para usted; por favor, no reenvíe este mensaje."
        sms: "Recordatorio: {{sender}} espera su firma{{#expires}} hasta el {{expires}}{{/expires}}: {{link}}"

        """##,
        "signature_request.en": ##"""
        # Somebody is asked to read and sign documents, in English.
        message: signature_request
        version: 1
        language: en
        subject: "{{sender}} asks for your signature: {{documents}}"
        greeting: "Hello{{#reader}} {{reader}}{{/reader}},"
        paragraphs:
          - "{{#asker}}{{asker}} of {{sender}}{{/asker}}{{^asker}}{{sender}}{{/asker}} asks you to read and sign:"
          - list: documents
          - quote: "{{note}}"
          - facts:
              What was done: "{{done}}"
              Sign until: "{{expires}}"
          - "Take your time to read. You sign on the page itself, on a phone or a computer, and get a copy. If something is not right, decline there and say why."
        button: {label: Read and sign, address: "If the button does not work, open this address in your browser:"}
        closing: "You did not expect this? Then do nothing, or ask {{sender}}. The link is yours alone; please do not pass this message on."
        sms: "{{sender}} asks you to read and sign {{documents}}: {{link}}"

        """##,
        "signature_request.es": ##"""
        # Se pide a alguien que lea y firme documentos, en español.
        message: signature_request
        version: 1
        language: es
        subject: "{{sender}} le pide su firma: {{documents}}"
        greeting: "Hola{{#reader}}, {{reader}}{{/reader}}:"
        paragraphs:
          - "{{#asker}}{{asker}}, de {{sender}},{{/asker}}{{^asker}}{{sender}}{{/asker}} le pide que lea y firme:"
          - list: documents
          - quote: "{{note}}"
          - facts:
              Trabajo realizado: "{{done}}"
              Puede firmar hasta: "{{expires}}"
          - "Léalo con calma. Se firma en la misma página, con el teléfono o el computador, y usted recibe una copia. Si algo no está bien, puede rechazarlo allí y decir por qué."
        button: {label: Leer y firmar, address: "Si el botón no funciona, abra esta dirección en su navegador:"}
        closing: "¿No esperaba este mensaje? No haga nada, o consulte a {{sender}}. El enlace es solo para usted; por favor, no reenvíe este mensaje."
        sms: "{{sender}} le pide leer y firmar {{documents}}: {{link}}"

        """##,
        "signed_copy.en": ##"""
        # What was signed, to be kept: attached, or by a link when it is too large for mail, in English.
        message: signed_copy
        version: 1
        language: en
        subject: "Your signed copy from {{sender}}: {{documents}}"
        greeting: "Hello{{#reader}} {{reader}}{{/reader}},"
        paragraphs:
          - "Thank you. This is signed:"
          - list: documents
          - "{{#attachment}}Your copy is attached to this message: {{attachment}}. Please keep it.{{/attachment}}"
          - "{{#link}}{{^attachment}}The copy is too large for mail. Download it and keep it{{#expires}}; you can do so until {{expires}}{{/expires}}.{{/attachment}}{{/link}}"
        button: {label: Open the copy, address: "If the button does not work, open this address in your browser:"}
        closing: "The copy carries the signatures and says who signed, and when. Programs for PDF show whether it was changed."
        sms: "{{sender}}: thank you. Signed: {{documents}}.{{#link}} Your copy: {{link}}{{/link}}{{^link}} Your copy comes by mail.{{/link}}"

        """##,
        "signed_copy.es": ##"""
        # Lo firmado, para guardar: adjunto, o con un enlace si es demasiado grande para el correo, en español.
        message: signed_copy
        version: 1
        language: es
        subject: "Su copia firmada de {{sender}}: {{documents}}"
        greeting: "Hola{{#reader}}, {{reader}}{{/reader}}:"
        paragraphs:
          - "Gracias. Ya está firmado:"
          - list: documents
          - "{{#attachment}}Su copia va adjunta a este mensaje: {{attachment}}. Por favor, guárdela.{{/attachment}}"
          - "{{#link}}{{^attachment}}La copia es demasiado grande para el correo. Descárguela y guárdela{{#expires}}; puede hacerlo hasta el {{expires}}{{/expires}}.{{/attachment}}{{/link}}"
        button: {label: Abrir la copia, address: "Si el botón no funciona, abra esta dirección en su navegador:"}
        closing: "La copia lleva las firmas y dice quién firmó y cuándo. Los programas para PDF muestran si alguien la cambió."
        sms: "{{sender}}: gracias. Firmado: {{documents}}.{{#link}} Su copia: {{link}}{{/link}}{{^link}} Su copia llega por correo.{{/link}}"

        """##,
        "visit_arrival_changed.en": ##"""
        # The technician comes at another time than the customer was told, in English.
        message: visit_arrival_changed
        version: 1
        language: en
        subject: "New time for your visit: {{arrival}}"
        greeting: "Hello{{#reader}} {{reader}}{{/reader}},"
        paragraphs:
          - "The time has changed at which {{#technician}}{{technician}} of {{/technician}}{{sender}} arrives."
          - facts:
              Now expected: "{{arrival}}"
              Instead of: "{{former_arrival}}"
              Where: "{{site}}"
              What for: "{{title}}"
        button: {label: See when we arrive, address: "If the button does not work, open this address in your browser:"}
        closing: "The new time does not suit you? Please tell us."
        sms: "{{sender}}: new time for your visit: {{arrival}}{{#former_arrival}} instead of {{former_arrival}}{{/former_arrival}}.{{#link}} {{link}}{{/link}}"

        """##,
        "visit_arrival_changed.es": ##"""
        # El técnico llega a otra hora que la avisada, en español.
        message: visit_arrival_changed
        version: 1
        language: es
        subject: "Nueva hora para su visita: {{arrival}}"
        greeting: "Hola{{#reader}}, {{reader}}{{/reader}}:"
        paragraphs:
          - "Ha cambiado la hora a la que llega {{#technician}}{{technician}}, de {{/technician}}{{sender}}."
          - facts:
              Ahora prevista: "{{arrival}}"
              En lugar de: "{{former_arrival}}"
              Dónde: "{{site}}"
              Motivo: "{{title}}"
        button: {label: Ver cuándo llegamos, address: "Si el botón no funciona, abra esta dirección en su navegador:"}
        closing: "¿No le acomoda la nueva hora? Por favor, avísenos."
        sms: "{{sender}}: nueva hora para su visita: {{arrival}}{{#former_arrival}} en lugar de {{former_arrival}}{{/former_arrival}}.{{#link}} {{link}}{{/link}}"

        """##,
        "visit_booked.en": ##"""
        # A visit has a day and a time, in English.
        message: visit_booked
        version: 1
        language: en
        subject: "Your visit is booked: {{window}}"
        greeting: "Hello{{#reader}} {{reader}}{{/reader}},"
        paragraphs:
          - "{{sender}} will come to you:"
          - facts:
              When: "{{window}}"
              Where: "{{site}}"
              What for: "{{title}}"
              Who comes: "{{technician}}"
          - "{{#link}}On its page you see how the visit stands, and on the day itself when we arrive.{{/link}}"
        button: {label: Follow the visit, address: "If the button does not work, open this address in your browser:"}
        closing: "The time does not suit you? Please tell us soon."
        sms: "{{sender}} will come: {{window}}.{{#link}} Follow the visit: {{link}}{{/link}}"

        """##,
        "visit_booked.es": ##"""
        # Una visita tiene día y hora, en español.
        message: visit_booked
        version: 1
        language: es
        subject: "Su visita está reservada: {{window}}"
        greeting: "Hola{{#reader}}, {{reader}}{{/reader}}:"
        paragraphs:
          - "{{sender}} le hará una visita:"
          - facts:
              Cuándo: "{{window}}"
              Dónde: "{{site}}"
              Motivo: "{{title}}"
              Quién va: "{{technician}}"
          - "{{#link}}En su página puede ver cómo va la visita y, el mismo día, a qué hora llegamos.{{/link}}"
        button: {label: Seguir la visita, address: "Si el botón no funciona, abra esta dirección en su navegador:"}
        closing: "¿No le acomoda la hora? Por favor, avísenos pronto."
        sms: "{{sender}} le visita: {{window}}.{{#link}} Siga la visita: {{link}}{{/link}}"

        """##,
        "visit_canceled.en": ##"""
        # A visit that was announced does not take place, in English.
        message: visit_canceled
        version: 1
        language: en
        subject: "Your visit is canceled: {{window}}"
        greeting: "Hello{{#reader}} {{reader}}{{/reader}},"
        paragraphs:
          - "{{sender}} will not come as planned:"
          - facts:
              Canceled: "{{window}}"
              Where: "{{site}}"
              What for: "{{title}}"
          - "You need do nothing. If you did not ask for this, or want another time, please tell us."
        closing: "We are sorry for the change."
        sms: "{{sender}}: your visit is canceled ({{window}}). For another time, please call us."

        """##,
        "visit_canceled.es": ##"""
        # Una visita que se había anunciado no se hace, en español.
        message: visit_canceled
        version: 1
        language: es
        subject: "Su visita fue cancelada: {{window}}"
        greeting: "Hola{{#reader}}, {{reader}}{{/reader}}:"
        paragraphs:
          - "{{sender}} no irá como estaba previsto:"
          - facts:
              Cancelada: "{{window}}"
              Dónde: "{{site}}"
              Motivo: "{{title}}"
          - "No tiene que hacer nada. Si no lo pidió, o desea otra hora, por favor avísenos."
        closing: "Lamentamos el cambio."
        sms: "{{sender}}: su visita fue cancelada ({{window}}). Si desea otra hora, por favor llámenos."

        """##,
        "visit_day_before.en": ##"""
        # The visit is tomorrow, in English.
        message: visit_day_before
        version: 1
        language: en
        subject: "Tomorrow: your visit by {{sender}}"
        greeting: "Hello{{#reader}} {{reader}}{{/reader}},"
        paragraphs:
          - "A reminder: tomorrow {{sender}} comes to you."
          - facts:
              When: "{{window}}"
              Where: "{{site}}"
              What for: "{{title}}"
              Who comes: "{{technician}}"
          - "Please see that somebody is there and that we can get to the place."
        button: {label: Follow the visit, address: "If the button does not work, open this address in your browser:"}
        closing: "Something has come up? Please tell us today."
        sms: "{{sender}} comes tomorrow: {{window}}.{{#link}} Follow the visit: {{link}}{{/link}}"

        """##,
        "visit_day_before.es": ##"""
        # La visita es mañana, en español.
        message: visit_day_before
        version: 1
        language: es
        subject: "Mañana: su visita de {{sender}}"
        greeting: "Hola{{#reader}}, {{reader}}{{/reader}}:"
        paragraphs:
          - "Le recordamos que mañana {{sender}} le hará una visita."
          - facts:
              Cuándo: "{{window}}"
              Dónde: "{{site}}"
              Motivo: "{{title}}"
              Quién va: "{{technician}}"
          - "Por favor, procure que haya alguien y que podamos entrar al lugar."
        button: {label: Seguir la visita, address: "Si el botón no funciona, abra esta dirección en su navegador:"}
        closing: "¿Ha surgido algo? Por favor, avísenos hoy."
        sms: "{{sender}} le visita mañana: {{window}}.{{#link}} Siga la visita: {{link}}{{/link}}"

        """##,
        "visit_done.en": ##"""
        # The visit is over, and how was it? In English.
        message: visit_done
        version: 1
        language: en
        subject: "How was your visit by {{sender}}?"
        greeting: "Hello{{#reader}} {{reader}}{{/reader}},"
        paragraphs:
          - "{{#technician}}{{technician}} of {{sender}}{{/technician}}{{^technician}}{{sender}}{{/technician}} has finished the visit{{#title}}: {{title}}{{/title}}."
          - "Were you satisfied? One question and, if you like, a few words: it takes less than a minute, and people read every answer."
        button: {label: Say how it was, address: "If the button does not work, open this address in your browser:"}
        closing: "Thank you. We do not ask a second time."
        sms: "{{sender}}: the visit is done. How was it? {{link}}"

        """##,
        "visit_done.es": ##"""
        # La visita ha terminado, ¿y qué tal fue? En español.
        message: visit_done
        version: 1
        language: es
        subject: "¿Qué le pareció la visita de {{sender}}?"
        greeting: "Hola{{#reader}}, {{reader}}{{/reader}}:"
        paragraphs:
          - "{{#technician}}{{technician}}, de {{sender}},{{/technician}}{{^technician}}{{sender}}{{/technician}} ha terminado la visita{{#title}}: {{title}}{{/title}}."
          - "¿Quedó conforme? Una pregunta y, si quiere, unas palabras: toma menos de un minuto, y cada respuesta la lee una persona."
        button: {label: Decir qué tal fue, address: "Si el botón no funciona, abra esta dirección en su navegador:"}
        closing: "Gracias. No se lo preguntaremos otra vez."
        sms: "{{sender}}: la visita ha terminado. ¿Qué tal fue? {{link}}"

        """##,
        "visit_on_the_way.en": ##"""
        # The technician has set out, in English.
        message: visit_on_the_way
        version: 1
        language: en
        subject: "{{#technician}}{{technician}} of {{sender}}{{/technician}}{{^technician}}{{sender}}{{/technician}} is on the way{{#arrival}}: {{arrival}}{{/arrival}}"
        greeting: "Hello{{#reader}} {{reader}}{{/reader}},"
        paragraphs:
          - "{{#technician}}{{technician}} of {{sender}}{{/technician}}{{^technician}}{{sender}}{{/technician}} is on the way to you."
          - facts:
              Expected: "{{arrival}}"
              Where: "{{site}}"
              What for: "{{title}}"
        button: {label: See when we arrive, address: "If the button does not work, open this address in your browser:"}
        sms: "{{#technician}}{{technician}} of {{sender}}{{/technician}}{{^technician}}{{sender}}{{/technician}} is on the way{{#arrival}}, expected {{arrival}}{{/arrival}}.{{#link}} {{link}}{{/link}}"

        """##,
        "visit_on_the_way.es": ##"""
        # El técnico ha salido, en español.
        message: visit_on_the_way
        version: 1
        language: es
        subject: "{{#technician}}{{technician}}, de {{sender}},{{/technician}}{{^technician}}{{sender}}{{/technician}} va en camino{{#arrival}}: {{arrival}}{{/arrival}}"
        greeting: "Hola{{#reader}}, {{reader}}{{/reader}}:"
        paragraphs:
          - "{{#technician}}{{technician}}, de {{sender}},{{/technician}}{{^technician}}{{sender}}{{/technician}} va en camino hacia usted."
          - facts:
              Llegada prevista: "{{arrival}}"
              Dónde: "{{site}}"
              Motivo: "{{title}}"
        button: {label: Ver cuándo llegamos, address: "Si el botón no funciona, abra esta dirección en su navegador:"}
        sms: "{{#technician}}{{technician}}, de {{sender}},{{/technician}}{{^technician}}{{sender}}{{/technician}} va en camino{{#arrival}}; llegada prevista: {{arrival}}{{/arrival}}.{{#link}} {{link}}{{/link}}"

        """##,
    ]
}
