// Made by tools/generate-pages from Sources/CustomerPages/Files. Change those files, then run the tool.

enum PageFiles {
    /// Mustache, by name.
    static let templates: [String: String] = [
        "block": ##"""
        {{#asHeading}}<h3>{{.text}}</h3>
        {{/asHeading}}{{#asText}}{{#.paragraphs}}<p class="text">{{.}}</p>
        {{/.paragraphs}}{{/asText}}{{#asTerms}}<div class="terms">
        {{#.paragraphs}}<p class="text">{{.}}</p>
        {{/.paragraphs}}</div>
        {{/asTerms}}{{#asFacts}}<dl class="facts">
        {{#.facts}}<div><dt>{{.label}}</dt><dd>{{.value}}</dd></div>
        {{/.facts}}</dl>
        {{/asFacts}}{{#asTable}}<table role="table" class="{{.width}}">
        <thead role="rowgroup"><tr role="row">{{#.columns}}<th role="columnheader" scope="col"{{#.isNumber}} class="number"{{/.isNumber}}>{{.label}}</th>{{/.columns}}</tr></thead>
        <tbody role="rowgroup">
        {{#.rows}}<tr role="row">{{#.cells}}<td role="cell" data-label="{{.label}}" class="{{.kind}}"><span>{{.text}}</span></td>{{/.cells}}</tr>
        {{/.rows}}{{#.empty}}<tr role="row"><td role="cell" class="none" colspan="{{.count}}"><span>{{.text}}</span></td></tr>
        {{/.empty}}</tbody>
        {{#.total}}<tfoot role="rowgroup"><tr role="row">{{#.cells}}<td role="cell" data-label="{{.label}}" class="{{.kind}}"><span>{{.text}}</span></td>{{/.cells}}</tr></tfoot>
        {{/.total}}</table>
        {{/asTable}}{{#asPhotos}}<div class="photos">
        {{#.photos}}<figure><img src="{{.address}}" alt="{{.alternative}}" loading="lazy"><figcaption>{{.caption}}</figcaption></figure>
        {{/.photos}}</div>
        {{/asPhotos}}{{#asPlace}}<div class="place{{#.isOwn}} own{{/.isOwn}}">
        <p class="place-label">{{.label}}</p>
        <p class="place-line">{{#.line}}<span lang="{{page.language}}" dir="{{page.direction}}">{{.}}</span>{{/.line}}</p>
        <p class="place-consent">{{.consent}}</p>
        </div>
        {{/asPlace}}

        """##,
        "copies": ##"""
        {{<page}}{{$content}}
        <section class="card good" aria-labelledby="card-title"{{#isWaiting}} data-reload="15"{{/isWaiting}}>
        <div class="symbol" aria-hidden="true"></div>
        <h1 id="card-title">{{heading}}</h1>
        {{#mailed}}<p>{{mailed}}</p>
        {{/mailed}}<p class="quiet">{{w.copies_keep}}</p>
        </section>
        <section class="panel" aria-labelledby="copies-title">
        <h2 id="copies-title">{{w.copies_title}}</h2>
        <ul class="copies">
        {{#documents}}<li>
        <div>
        <p class="copy-title"><bdi>{{title}}</bdi></p>
        <p class="quiet">{{signed}}</p>
        </div>
        {{#address}}<a class="button" href="{{address}}" download aria-label="{{download}}">{{w.download}}</a>
        {{/address}}{{^address}}<p class="state waiting">{{state}}</p>
        {{/address}}</li>
        {{/documents}}</ul>
        </section>
        {{/content}}{{/page}}

        """##,
        "decline": ##"""
        <details class="decline" id="decline"{{#decline.isOpen}} open{{/decline.isOpen}}>
        <summary>{{w.decline_title}}</summary>
        <form method="post" action="{{address}}/decline" novalidate>
        <p>{{decline.text}}</p>
        <div class="field">
        <label for="decline-name">{{w.name}}</label>
        {{#errors.declineName}}<p class="error" id="decline-name-error">{{errors.declineName}}</p>
        {{/errors.declineName}}<input type="text" name="name" id="decline-name" value="{{decline.name}}" autocomplete="name" maxlength="{{bounds.name}}" required{{#errors.declineName}} aria-invalid="true" aria-describedby="decline-name-error"{{/errors.declineName}}>
        </div>
        <div class="field">
        <label for="decline-reason">{{w.reason}}</label>
        {{#errors.declineReason}}<p class="error" id="decline-reason-error">{{errors.declineReason}}</p>
        {{/errors.declineReason}}<textarea name="reason" id="decline-reason" rows="4" maxlength="{{bounds.text}}" required{{#errors.declineReason}} aria-invalid="true" aria-describedby="decline-reason-error"{{/errors.declineReason}}>{{decline.reason}}</textarea>
        </div>
        <button class="button danger" type="submit">{{w.decline}}</button>
        </form>
        </details>

        """##,
        "document": ##"""
        <article class="paper" id="document-{{index}}" aria-labelledby="document-{{index}}-title" lang="{{language}}" dir="{{direction}}">
        <div class="letterhead">
        {{#logo}}<img class="logo" src="{{logo}}" alt="">
        {{/logo}}<div>
        <p class="company">{{company}}</p>
        {{#letterhead}}<p>{{.}}</p>
        {{/letterhead}}</div>
        </div>
        <div class="title">
        <h2 id="document-{{index}}-title">{{title}}</h2>
        <p class="number">{{#number}}<span>{{number}}</span> {{/number}}<span>{{date}}</span></p>
        {{#isFinished}}<p class="state {{stateName}}" lang="{{page.language}}" dir="{{page.direction}}">{{state}}</p>
        {{/isFinished}}</div>
        {{#blocks}}{{>block}}{{/blocks}}<p class="hash" lang="{{page.language}}" dir="{{page.direction}}">{{w.hash}} <code>{{hash}}</code></p>
        </article>

        """##,
        "ended": ##"""
        {{<page}}{{$content}}
        <section class="card {{tone}}" aria-labelledby="card-title">
        <div class="symbol" aria-hidden="true"></div>
        <h1 id="card-title">{{heading}}</h1>
        {{#paragraphs}}<p>{{.}}</p>
        {{/paragraphs}}{{#contact}}<div class="contact">
        <p>{{w.contact}}</p>
        <p><strong><bdi>{{sender.name}}</bdi></strong></p>
        {{#sender.lines}}<p>{{.}}</p>
        {{/sender.lines}}</div>
        {{/contact}}{{#again}}<p><a class="button" href="{{again}}">{{w.again}}</a></p>
        {{/again}}</section>
        {{/content}}{{/page}}

        """##,
        "missing": ##"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200" role="img" lang="{{page.language}}"><rect width="320" height="200" fill="#eef1f4"/><text x="160" y="104" text-anchor="middle" font-family="sans-serif" font-size="15" fill="#4b5563">{{w.picture_missing}}</text></svg>

        """##,
        "page": ##"""
        <!DOCTYPE html>
        <html lang="{{page.language}}" dir="{{page.direction}}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex, nofollow">
        <meta name="referrer" content="no-referrer">
        <meta name="format-detection" content="telephone=no">
        <meta name="theme-color" content="#f3f4f6">
        <title>{{page.title}}</title>
        <link rel="icon" href="{{page.icon}}" type="image/svg+xml">
        <link rel="stylesheet" href="{{page.style}}">
        <script src="{{page.script}}" defer></script>
        {{#page.refresh}}<noscript><meta http-equiv="refresh" content="{{page.refresh}}"></noscript>
        {{/page.refresh}}</head>
        <body class="{{page.kind}}">
        {{#page.skip}}<a class="skip" href="#{{page.skip}}">{{w.skip}}</a>
        {{/page.skip}}<header class="top">
        <div class="wide">
        <p class="sender">{{#sender.initial}}<span class="mark" aria-hidden="true">{{sender.initial}}</span>{{/sender.initial}}<bdi>{{sender.name}}</bdi></p>
        </div>
        </header>
        <main>
        <div class="wide">
        {{$content}}{{/content}}
        </div>
        </main>
        <footer class="bottom">
        <div class="wide">
        <p><bdi>{{sender.name}}</bdi></p>
        {{#sender.lines}}<p>{{.}}</p>
        {{/sender.lines}}<p class="quiet">{{w.footer}}</p>
        </div>
        </footer>
        </body>
        </html>

        """##,
        "problems": ##"""
        {{#problems}}<div class="problems" role="alert" tabindex="-1" id="problems" autofocus aria-labelledby="problems-title">
        <h2 id="problems-title">{{w.problems}}</h2>
        <ul>
        {{#list}}<li>{{#field}}<a href="#{{field}}">{{text}}</a>{{/field}}{{^field}}{{text}}{{/field}}</li>
        {{/list}}</ul>
        </div>
        {{/problems}}{{#notice}}<p class="notice" role="status">{{notice}}</p>
        {{/notice}}

        """##,
        "signature": ##"""
        <section class="panel" id="sign" aria-labelledby="sign-title" tabindex="-1">
        <h2 id="sign-title">{{w.sign_title}}</h2>
        <form method="post" action="{{address}}" id="sign-form" data-opened="{{address}}/opened" novalidate>
        <button class="first" type="submit" tabindex="-1">{{w.sign}}</button>
        <fieldset{{#errors.agree}} aria-describedby="agree-error"{{/errors.agree}}>
        <legend>{{w.agree_title}}</legend>
        {{#errors.agree}}<p class="error" id="agree-error">{{errors.agree}}</p>
        {{/errors.agree}}{{#agreements}}<div class="check">
        <input type="checkbox" name="agree" id="{{id}}" value="{{value}}"{{#isChecked}} checked{{/isChecked}} aria-describedby="{{id}}-title">
        <div>
        <label for="{{id}}" lang="{{language}}" dir="{{direction}}">{{consent}}</label>
        <p class="hint" id="{{id}}-title"><a href="#document-{{index}}"><bdi>{{title}}</bdi></a></p>
        </div>
        </div>
        {{/agreements}}</fieldset>
        <div class="pair">
        <div class="field">
        <label for="name">{{w.name}}</label>
        <p class="hint" id="name-hint">{{nameHint}}</p>
        {{#errors.name}}<p class="error" id="name-error">{{errors.name}}</p>
        {{/errors.name}}<input type="text" name="name" id="name" value="{{typed.name}}" autocomplete="name" autocapitalize="words" spellcheck="false" maxlength="{{bounds.name}}" required aria-describedby="name-hint{{#errors.name}} name-error{{/errors.name}}"{{#errors.name}} aria-invalid="true"{{/errors.name}}>
        </div>
        <div class="field">
        <label for="role">{{w.role}} <span class="optional">{{w.optional}}</span></label>
        <p class="hint" id="role-hint">{{w.role_hint}}</p>
        {{#errors.role}}<p class="error" id="role-error">{{errors.role}}</p>
        {{/errors.role}}<input type="text" name="role" id="role" value="{{typed.role}}" autocomplete="organization-title" maxlength="{{bounds.role}}" aria-describedby="role-hint{{#errors.role}} role-error{{/errors.role}}"{{#errors.role}} aria-invalid="true"{{/errors.role}}>
        </div>
        </div>
        <div class="drawing" id="drawing" hidden>
        <fieldset class="choice">
        <legend>{{w.how}}</legend>
        <div class="tabs">
        <input type="radio" name="method" value="typed" id="method-typed"{{^typed.isDrawn}} checked{{/typed.isDrawn}}>
        <label for="method-typed">{{w.typed}}</label>
        <input type="radio" name="method" value="drawn" id="method-drawn"{{#typed.isDrawn}} checked{{/typed.isDrawn}}>
        <label for="method-drawn">{{w.drawn}}</label>
        </div>
        </fieldset>
        <div id="typed-pad" class="pad"><p class="script" id="typed-preview" aria-hidden="true"></p></div>
        <div id="drawn-pad" hidden>
        <div class="pad">
        <canvas id="canvas" role="img" aria-label="{{w.canvas}}" aria-describedby="canvas-hint" width="600" height="200"></canvas>
        <p class="pad-hint" id="pad-hint" aria-hidden="true">{{w.draw_here}}</p>
        </div>
        <p class="hint" id="canvas-hint">{{w.canvas_hint}}</p>
        <div class="tools">
        <button type="button" class="plain" id="undo" disabled>{{w.undo}}</button>
        <button type="button" class="plain" id="clear" disabled>{{w.clear}}</button>
        </div>
        <p class="hidden" aria-live="polite" id="drawing-status" data-one="{{w.strokes_one}}" data-many="{{w.strokes_many}}" data-none="{{w.strokes_none}}" data-full="{{w.strokes_full}}"></p>
        </div>
        {{#errors.drawing}}<p class="error" id="drawing-error">{{errors.drawing}}</p>
        {{/errors.drawing}}</div>
        <input type="hidden" name="strokes" id="strokes" value="{{typed.strokes}}" data-points="{{bounds.points}}" data-lines="{{bounds.lines}}">
        <p class="hint typed-note">{{w.typed_note}}</p>
        {{#code}}<div class="field code">
        <label for="code">{{w.code}}</label>
        <p class="hint" id="code-hint">{{code.hint}}</p>
        {{#errors.code}}<p class="error" id="code-error">{{errors.code}}</p>
        {{/errors.code}}<div class="row">
        <input type="text" name="code" id="code" value="{{typed.code}}" inputmode="numeric" autocomplete="one-time-code" maxlength="{{bounds.code}}" aria-describedby="code-hint{{#errors.code}} code-error{{/errors.code}}"{{#errors.code}} aria-invalid="true"{{/errors.code}}>
        <button type="submit" class="plain" formaction="{{address}}/code" formnovalidate>{{code.button}}</button>
        </div>
        </div>
        {{/code}}<button class="button main" type="submit">{{w.sign}}</button>
        <p class="hint law">{{w.law}}</p>
        </form>
        </section>

        """##,
        "signing": ##"""
        {{<page}}{{$content}}
        {{>problems}}
        <div class="lead">
        <h1>{{heading}}</h1>
        <p class="intro">{{intro}}</p>
        {{#message}}<blockquote class="note">{{#lines}}<p>{{.}}</p>
        {{/lines}}</blockquote>
        {{/message}}<p class="until">{{until}}</p>
        </div>
        {{#contents}}<nav class="contents" aria-label="{{w.contents}}">
        <ol>
        {{#documents}}<li><a href="#document-{{index}}"><bdi>{{title}}</bdi></a> <span class="state {{stateName}}">{{state}}</span></li>
        {{/documents}}</ol>
        </nav>
        {{/contents}}<div class="documents">
        {{#documents}}{{>document}}
        {{/documents}}{{#isOpen}}<p class="jump"><a class="button" href="#sign">{{w.jump}}</a></p>
        {{/isOpen}}</div>
        {{#isOpen}}{{>signature}}
        {{>decline}}{{/isOpen}}{{/content}}{{/page}}

        """##,
        "survey": ##"""
        {{<page}}{{$content}}
        {{>problems}}
        <section class="panel" aria-labelledby="survey-title">
        <h1 id="survey-title">{{w.survey_heading}}</h1>
        <p class="intro"><bdi>{{subject}}</bdi></p>
        <form method="post" action="{{address}}" novalidate>
        <fieldset class="score" id="score" tabindex="-1"{{#errors.score}} aria-describedby="score-error"{{/errors.score}}>
        <legend>{{w.score}}</legend>
        {{#errors.score}}<p class="error" id="score-error">{{errors.score}}</p>
        {{/errors.score}}<div class="scores">
        {{#scores}}<div><input type="radio" name="score" value="{{value}}" id="score-{{value}}"{{#isChosen}} checked{{/isChosen}}><label for="score-{{value}}"><span class="figure">{{value}}</span> <span class="meaning">{{text}}</span></label></div>
        {{/scores}}</div>
        </fieldset>
        <div class="field">
        <label for="comment">{{w.comment}} <span class="optional">{{w.optional}}</span></label>
        {{#errors.comment}}<p class="error" id="comment-error">{{errors.comment}}</p>
        {{/errors.comment}}<textarea name="comment" id="comment" rows="5" maxlength="{{bounds.text}}"{{#errors.comment}} aria-invalid="true" aria-describedby="comment-error"{{/errors.comment}}>{{typed.comment}}</textarea>
        </div>
        <button class="button main" type="submit">{{w.send}}</button>
        </form>
        </section>
        {{/content}}{{/page}}

        """##,
        "tracking": ##"""
        {{<page}}{{$content}}
        <section class="panel track" id="track" data-events="{{address}}/events" aria-labelledby="track-title">
        {{>visit}}
        </section>
        <p class="quiet live" id="live" data-live="{{w.live}}" data-lost="{{w.lost}}">{{w.reloads}}</p>
        {{/content}}{{/page}}

        """##,
        "visit": ##"""
        <h1 id="track-title"><bdi>{{title}}</bdi></h1>
        <p class="status {{tone}}" role="status">{{status}}</p>
        {{#arrival}}<p class="arrival"><span>{{w.arrival}}</span> <strong>{{arrival}}</strong></p>
        {{/arrival}}{{#steps}}<h2 class="hidden">{{w.steps}}</h2>
        <ol class="steps">
        {{#list}}<li class="{{state}}"{{#isNow}} aria-current="step"{{/isNow}}><span>{{text}}</span></li>
        {{/list}}</ol>
        {{/steps}}<dl class="facts">
        {{#window}}<div><dt>{{w.window}}</dt><dd>{{window}}</dd></div>
        {{/window}}{{#technician}}<div><dt>{{w.technician}}</dt><dd>{{technician}}</dd></div>
        {{/technician}}{{#position}}<div><dt>{{w.position}}</dt><dd><a href="{{position}}" rel="noopener noreferrer" target="_blank">{{w.map}}</a></dd></div>
        {{/position}}<div><dt>{{w.updated}}</dt><dd>{{updated}}</dd></div>
        </dl>

        """##,
    ]

    /// By language.
    static let words: [String: String] = [
        "en": ##"""
        # What the pages say, in English. A line each: the key, and what is said; {name} is put in. Another language is another file with the same keys.
        skip = Skip to the signature
        footer = This page was made for you. Do not pass its address on.
        contact = Please get in touch with:
        again = Try again

        heading_one = Please read and sign
        heading_many = Please read and sign {count} documents
        intro = {signer}, {sender} asks you to read what follows and to sign at the end of the page.
        until = You can sign until {when}.
        contents = Documents
        jump = Go to the signature
        hash = Fingerprint of this document (SHA-256):
        state_open = To be signed
        state_signed = Signed by {name}, {when}
        state_declined = Declined
        sign_here = You sign below
        photo = Photo {number}

        sign_title = Sign
        agree_title = Your agreement
        name = Full name
        name_hint = As in: {name}
        role = Role
        role_hint = For instance: building manager
        optional = (optional)
        how = Your signature
        typed = Type
        drawn = Draw
        canvas = Area for drawing your signature
        canvas_hint = Draw with a finger, a pen or the mouse. If you cannot draw, choose “Type”.
        draw_here = Sign here
        undo = Undo
        clear = Clear
        strokes_one = One line drawn.
        strokes_many = {count} lines drawn.
        strokes_none = Nothing is drawn.
        strokes_full = The drawing is full. Undo a line, or sign.
        typed_note = Your typed name is your signature.
        code = One-time code
        code_ask_email = To sign, you need a code. We send it to {address}.
        code_ask_sms = To sign, you need a code. We send it by text message to {address}.
        code_sent_email = A code was sent to {address}. It has six digits.
        code_sent_sms = A code was sent by text message to {address}. It has six digits.
        code_send = Send code
        code_resend = Send another code
        sign = Sign
        law = By choosing “Sign” you sign electronically. Time, address and browser are recorded with your signature.
        decline_title = I do not want to sign
        decline_text = {sender} will be told that you decline, and why. Nothing is signed.
        reason = Reason
        decline = Decline

        problems = Nothing was signed yet. Please check:
        problem_consent = Tick what you agree to.
        problem_name = Enter your full name.
        problem_changed = A document has changed since you opened this page. Read it again and sign what is shown now.
        problem_no_code = Enter the one-time code.
        problem_wrong_code_one = The code is wrong. You can try it once more.
        problem_wrong_code = The code is wrong. You can try it {count} more times.
        problem_code_void = The code is no longer good. Have another one sent.
        problem_drawing = The drawing could not be read. Clear it and draw again, or choose “Type”.
        problem_too_long = This is too long: at most {count} characters.
        problem_reason = Tell us why you decline.
        problem_score = Choose a number from 1 to 5.
        problem_code_too_many = Too many codes were sent. Wait an hour, then have another one sent.
        problem_code_failed = The code could not be sent. Please try again in a minute.
        notice_code = The code is on its way to {address}.

        unknown_title = This link does not work
        unknown_text = Perhaps part of it was lost on the way. Open it from the message once more, or copy all of it.
        expired_title = This link has expired
        expired_text = For your protection, links work for a limited time only. {sender} can send you another one.
        used_title = Everything is signed
        used_text = Nothing is left to be signed here. If you need a copy, ask {sender} for it.
        declined_title = You have declined
        declined_text = {sender} was told, and nothing was signed with this link. If you have changed your mind, ask for another one.
        withdrawn_title = This link was withdrawn
        withdrawn_text = {sender} does not ask for this signature any more. You need not do anything.
        replaced_title = There is a newer link
        replaced_text = Another link was sent to you later. Please look for the latest message of {sender}, and open that one.
        over_title = This visit is over
        over_text = There is nothing more to see here. Thank you for having us.
        unavailable_title = Just a moment, please
        unavailable_text = We cannot answer right now. Your link is fine. Please try again in a minute.
        not_found_title = There is nothing here
        not_found_text = Please open the link from the message once more.
        busy_title = Too fast
        busy_text = Too many requests came from your connection. Please wait {count} seconds and try again.
        too_large_title = That was too much
        too_large_text = What you sent is larger than can be taken. Go back, clear the drawing, and sign again.
        refused_title = This could not be taken
        refused_text = Your browser sent something that this page did not expect. Nothing was changed. Open the link from the message once more.

        thanks_declined_title = Thank you for telling us
        thanks_declined_text = {sender} now knows that you decline. Nothing was signed.
        thanks_survey_title = Thank you
        thanks_survey_text = Your answer helps {sender} to do better.

        copies_heading = Thank you, you have signed
        copies_title = Your copies
        copies_mailed = The signed copies will be sent to {address} as well.
        copies_keep = Keep a copy for your records.
        copies_signed = Signed {when}
        copies_others = Others have still to sign
        copies_preparing = Your copy is being made
        download = Download
        download_of = Download {title} (PDF)
        not_ready_title = Your copy is being made
        not_ready_text = It will be here in a minute. Please try again then.

        track_title = Your visit
        steps = How far it is
        status_requested = We have your request
        status_planned = Your visit is planned
        status_enRoute = On the way to you
        status_onSite = At work at your site
        status_done = The work is done
        status_notDone = The visit could not take place
        status_canceled = The visit was canceled
        step_planned = Planned
        step_enRoute = On the way
        step_onSite = On site
        step_done = Done
        arrival = Expected
        window = Planned
        technician = Your technician
        position = Where
        map = Show on a map
        updated = Last change
        live = This page shows changes as they happen.
        lost = The connection was lost. The page reloads every minute.
        reloads = This page reloads every minute.

        survey_heading = How did we do?
        score = How satisfied are you?
        score_1 = Not at all
        score_2 = Not very
        score_3 = So-so
        score_4 = Satisfied
        score_5 = Very
        comment = What could we do better?
        send = Send

        picture_missing = Photo still on its way

        answered_title = You have answered already
        answered_text = Thank you. {sender} has your answer.

        """##,
        "es": ##"""
        # Lo que dicen las páginas, en español. Las mismas claves que en.words.
        skip = Ir directamente a la firma
        footer = Esta página se hizo para usted. No comparta su dirección.
        contact = Póngase en contacto con:
        again = Intentar de nuevo

        heading_one = Lea y firme, por favor
        heading_many = Lea y firme {count} documentos, por favor
        intro = {signer}, {sender} le pide que lea lo que sigue y firme al final de la página.
        until = Puede firmar hasta el {when}.
        contents = Documentos
        jump = Ir a la firma
        hash = Huella de este documento (SHA-256):
        state_open = Por firmar
        state_signed = Firmado por {name}, {when}
        state_declined = Rechazado
        sign_here = Usted firma más abajo
        photo = Fotografía {number}

        sign_title = Firmar
        agree_title = Su conformidad
        name = Nombre completo
        name_hint = Por ejemplo: {name}
        role = Cargo
        role_hint = Por ejemplo: jefa de local
        optional = (opcional)
        how = Su firma
        typed = Escribir
        drawn = Dibujar
        canvas = Zona para dibujar su firma
        canvas_hint = Dibuje con el dedo, un lápiz o el ratón. Si no puede dibujar, elija «Escribir».
        draw_here = Firme aquí
        undo = Deshacer
        clear = Borrar
        strokes_one = Un trazo dibujado.
        strokes_many = {count} trazos dibujados.
        strokes_none = No hay nada dibujado.
        strokes_full = El dibujo está lleno. Deshaga un trazo o firme.
        typed_note = El nombre que escribe es su firma.
        code = Código de un solo uso
        code_ask_email = Para firmar necesita un código. Lo enviamos a {address}.
        code_ask_sms = Para firmar necesita un código. Lo enviamos por mensaje de texto a {address}.
        code_sent_email = Se envió un código a {address}. Tiene seis dígitos.
        code_sent_sms = Se envió un código por mensaje de texto a {address}. Tiene seis dígitos.
        code_send = Enviar código
        code_resend = Enviar otro código
        sign = Firmar
        law = Al elegir «Firmar» usted firma electrónicamente. Con su firma se registran la hora, la dirección y el navegador.
        decline_title = No quiero firmar
        decline_text = Se informará a {sender} de que usted no firma, y por qué. No se firma nada.
        reason = Motivo
        decline = Rechazar

        problems = Todavía no se ha firmado nada. Revise, por favor:
        problem_consent = Marque aquello con lo que está conforme.
        problem_name = Escriba su nombre completo.
        problem_changed = Un documento ha cambiado desde que abrió esta página. Léalo de nuevo y firme lo que se muestra ahora.
        problem_no_code = Escriba el código de un solo uso.
        problem_wrong_code_one = El código no es correcto. Le queda un intento.
        problem_wrong_code = El código no es correcto. Le quedan {count} intentos.
        problem_code_void = El código ya no es válido. Pida otro.
        problem_drawing = No se pudo leer el dibujo. Bórrelo y dibuje de nuevo, o elija «Escribir».
        problem_too_long = Es demasiado largo: como máximo {count} caracteres.
        problem_reason = Díganos por qué no firma.
        problem_score = Elija un número del 1 al 5.
        problem_code_too_many = Se enviaron demasiados códigos. Espere una hora y pida otro.
        problem_code_failed = No se pudo enviar el código. Inténtelo de nuevo en un minuto.
        notice_code = El código va en camino a {address}.

        unknown_title = Este enlace no funciona
        unknown_text = Quizás se perdió una parte en el camino. Ábralo de nuevo desde el mensaje o cópielo completo.
        expired_title = Este enlace ha caducado
        expired_text = Para su protección, los enlaces sirven solo por un tiempo limitado. {sender} puede enviarle otro.
        used_title = Todo está firmado
        used_text = Aquí no queda nada por firmar. Si necesita una copia, pídala a {sender}.
        declined_title = Usted decidió no firmar
        declined_text = {sender} ya lo sabe, y con este enlace no se firmó nada. Si cambió de opinión, pida otro.
        withdrawn_title = Este enlace fue retirado
        withdrawn_text = {sender} ya no pide esta firma. No tiene que hacer nada.
        replaced_title = Hay un enlace más nuevo
        replaced_text = Después se le envió otro enlace. Busque el último mensaje de {sender} y abra ese.
        over_title = Esta visita ha terminado
        over_text = Aquí no hay nada más que ver. Gracias por recibirnos.
        unavailable_title = Un momento, por favor
        unavailable_text = Ahora no podemos responder. Su enlace está bien. Inténtelo de nuevo en un minuto.
        not_found_title = Aquí no hay nada
        not_found_text = Abra de nuevo el enlace desde el mensaje, por favor.
        busy_title = Demasiado rápido
        busy_text = Llegaron demasiadas solicitudes desde su conexión. Espere {count} segundos e inténtelo de nuevo.
        too_large_title = Fue demasiado
        too_large_text = Lo que envió es más grande de lo que se puede recibir. Vuelva atrás, borre el dibujo y firme de nuevo.
        refused_title = Esto no se pudo recibir
        refused_text = Su navegador envió algo que esta página no esperaba. No se cambió nada. Abra de nuevo el enlace desde el mensaje.

        thanks_declined_title = Gracias por avisarnos
        thanks_declined_text = {sender} ya sabe que usted no firma. No se firmó nada.
        thanks_survey_title = Gracias
        thanks_survey_text = Su respuesta ayuda a {sender} a mejorar.

        copies_heading = Gracias, usted ha firmado
        copies_title = Sus copias
        copies_mailed = Las copias firmadas se enviarán también a {address}.
        copies_keep = Guarde una copia para su archivo.
        copies_signed = Firmado el {when}
        copies_others = Faltan otras firmas
        copies_preparing = Su copia se está preparando
        download = Descargar
        download_of = Descargar {title} (PDF)
        not_ready_title = Su copia se está preparando
        not_ready_text = Estará aquí en un minuto. Inténtelo de nuevo entonces.

        track_title = Su visita
        steps = Cómo va
        status_requested = Tenemos su solicitud
        status_planned = Su visita está planificada
        status_enRoute = En camino hacia usted
        status_onSite = Trabajando en su local
        status_done = El trabajo está hecho
        status_notDone = La visita no se pudo hacer
        status_canceled = La visita se canceló
        step_planned = Planificada
        step_enRoute = En camino
        step_onSite = En el lugar
        step_done = Hecha
        arrival = Llegada prevista
        window = Planificada
        technician = Su técnico
        position = Dónde está
        map = Ver en un mapa
        updated = Último cambio
        live = Esta página muestra los cambios cuando ocurren.
        lost = Se perdió la conexión. La página se recarga cada minuto.
        reloads = Esta página se recarga cada minuto.

        survey_heading = ¿Cómo lo hicimos?
        score = ¿Qué tan satisfecho quedó?
        score_1 = Nada
        score_2 = Poco
        score_3 = Regular
        score_4 = Satisfecho
        score_5 = Mucho
        comment = ¿Qué podríamos hacer mejor?
        send = Enviar

        picture_missing = La fotografía aún no llega

        answered_title = Usted ya respondió
        answered_text = Gracias. {sender} tiene su respuesta.

        """##,
    ]

    /// By file name.
    static let assets: [String: String] = [
        "icon.svg": ##"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1f4e79"/><path d="M7 21c4-9 6-11 7-9s-3 9-1 9 4-7 6-7-1 6 1 6 3-2 5-3" fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/></svg>

        """##,
        "pages.css": ##"""
        /* The pages that customers read, sign and watch. Colors keep a contrast of 4.5 : 1 for text. */
        :root {
          /* What is signed is shown as it is printed: on white, with photos and ink as they are. Browsers leave it so at night as well. */
          color-scheme: only light;
          --ink: #14202b; --soft: #46535f; --line: #d5dbe1; --ground: #f3f4f6; --paper: #fff; --accent: #1f4e79; --accent-dark: #163a5a;
          --accent-soft: #e8f0f7; --good: #17653a; --good-soft: #e6f4ea; --bad: #a31515; --bad-soft: #fdecec; --warn: #7a4b00; --warn-soft: #fdf3dc;
          --radius: 10px; --shadow: 0 1px 2px rgb(20 32 43 / .08), 0 8px 28px rgb(20 32 43 / .07);
        }
        *, *::before, *::after { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-behavior: smooth; scroll-padding-top: 1rem; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; min-height: 100vh; display: flex; flex-direction: column; }
        main { flex: 1; padding: 1.5rem 0 3rem; }
        .wide { width: 100%; max-width: 54rem; margin: 0 auto; padding: 0 1rem; }
        h1, h2, h3 { line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; text-wrap: balance; }
        h1 { font-size: 1.6rem; letter-spacing: -.01em; }
        h2 { font-size: 1.3rem; }
        h3 { font-size: 1.02rem; margin-top: 1.75rem; }
        p { margin: 0 0 .75rem; overflow-wrap: anywhere; }
        a { color: var(--accent); text-underline-offset: .15em; }
        :focus-visible { outline: 3px solid #d97706; outline-offset: 2px; border-radius: 4px; }
        [tabindex="-1"]:focus { outline: none; }
        [hidden] { display: none !important; }
        .hidden, .first { position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0; border: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
        .skip { position: absolute; inset-inline-start: 1rem; top: -4rem; background: var(--paper); padding: .6rem 1rem; border-radius: 0 0 8px 8px; z-index: 2; }
        .skip:focus { top: 0; }
        .quiet, .hint { color: var(--soft); font-size: .92rem; }
        .hint { margin: 0 0 .35rem; }

        .top { background: var(--paper); border-bottom: 1px solid var(--line); }
        .sender { display: flex; align-items: center; gap: .7rem; margin: 0; padding: .85rem 0; font-weight: 650; font-size: 1.05rem; overflow-wrap: anywhere; }
        .mark { flex: none; display: grid; place-items: center; width: 2.1rem; height: 2.1rem; border-radius: 8px; background: var(--accent); color: #fff; font-size: 1.05rem; }
        .bottom { border-top: 1px solid var(--line); padding: 1.25rem 0 2rem; color: var(--soft); font-size: .88rem; }
        .bottom p { margin: 0 0 .15rem; }
        .bottom .quiet { margin-top: .6rem; font-size: .88rem; }

        .lead { margin: 0 0 1.25rem; }
        .intro { font-size: 1.05rem; max-width: 42rem; }
        .note { margin: 0 0 .9rem; padding: .75rem 1rem; background: var(--paper); border-inline-start: 4px solid var(--accent); border-radius: 0 var(--radius) var(--radius) 0; }
        .note p:last-child { margin: 0; }
        .until { display: inline-block; margin: 0; padding: .25rem .7rem; border-radius: 1rem; background: var(--warn-soft); color: var(--warn); font-size: .92rem; }
        .contents { margin-bottom: 1.25rem; background: var(--paper); border: 1px solid var(--line); border-radius: var(--radius); padding: .9rem 1rem; }
        .contents ol { margin: 0; padding-inline-start: 1.4rem; }
        .contents li { padding: .35rem 0; }
        .contents a { overflow-wrap: anywhere; }
        .state { display: inline-block; margin: 0; padding: .1rem .6rem; border-radius: 1rem; font-size: .85rem; background: var(--accent-soft); color: var(--accent-dark); }
        .state.signed { background: var(--good-soft); color: var(--good); }
        .state.declined { background: var(--bad-soft); color: var(--bad); }
        .state.waiting { background: var(--warn-soft); color: var(--warn); }

        .paper { background: var(--paper); border: 1px solid #e3e7eb; border-radius: 4px; box-shadow: var(--shadow); padding: clamp(1.1rem, 5vw, 3.2rem); margin: 0 0 1.5rem; overflow: hidden; }
        .letterhead { display: flex; gap: 1rem; align-items: flex-start; border-bottom: 2px solid var(--accent); padding-bottom: 1rem; margin-bottom: 1.5rem; font-size: .88rem; color: var(--soft); }
        .letterhead > div { min-width: 0; }
        .letterhead p { margin: 0; }
        .letterhead .company { color: var(--ink); font-weight: 650; font-size: 1.02rem; }
        .logo { max-width: 7rem; max-height: 4rem; flex: none; }
        .title { margin-bottom: 1.25rem; }
        .title h2 { font-size: 1.5rem; margin-bottom: .15rem; }
        .number { color: var(--soft); margin-bottom: .4rem; }
        .number span + span::before { content: "·"; margin-inline: .35rem .6rem; }
        .text { white-space: pre-line; }
        .terms { font-size: .85rem; color: var(--soft); margin-top: 1rem; }
        .facts { margin: 0 0 1rem; display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); column-gap: 2rem; }
        .facts > div { padding: .45rem 0; border-bottom: 1px solid #e9edf0; min-width: 0; }
        .facts dt { color: var(--soft); font-size: .82rem; }
        .facts dd { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
        table { width: 100%; border-collapse: collapse; margin: .25rem 0 1.25rem; font-size: .93rem; }
        th { text-align: start; font-weight: 600; font-size: .82rem; color: var(--soft); border-bottom: 2px solid var(--line); padding: .4rem .5rem; vertical-align: bottom; }
        td { border-bottom: 1px solid #e9edf0; padding: .45rem .5rem; vertical-align: top; overflow-wrap: break-word; max-width: 20rem; }
        table.dense { font-size: .82rem; }
        table.dense th, table.dense td, table.narrow td { overflow-wrap: anywhere; padding-inline: .25rem; }
        table.dense td.number { white-space: normal; }
        th:first-child, td:first-child { padding-inline-start: 0; }
        th:last-child, td:last-child { padding-inline-end: 0; }
        th.number, td.number { text-align: end; font-variant-numeric: tabular-nums; color: inherit; }
        td.number { white-space: nowrap; }
        td.none { color: var(--soft); }
        tfoot td { font-weight: 650; border-bottom: 0; border-top: 2px solid var(--line); }
        .photos { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 14rem), 1fr)); gap: 1rem; margin-bottom: 1rem; }
        figure { margin: 0; }
        figure img { display: block; width: 100%; aspect-ratio: 4 / 3; object-fit: contain; background: #eef1f4; border-radius: 6px; color: var(--soft); font-size: .88rem; }
        figcaption { font-size: .85rem; color: var(--soft); margin-top: .35rem; overflow-wrap: anywhere; }
        .place { margin: 1.5rem 0 0; padding: .9rem 1rem; border: 1px dashed #9aa7b3; border-radius: 6px; }
        .place.own { border: 2px solid var(--accent); background: var(--accent-soft); }
        .place p { margin: 0; }
        .place-label { font-weight: 650; }
        .place-line { min-height: 1.7rem; color: var(--soft); }
        .place.own .place-line { color: var(--accent-dark); }
        .place-consent { font-size: .85rem; color: var(--soft); }
        .place.own .place-consent { color: #34424f; }
        .hash { margin: 1.75rem 0 0; padding-top: .75rem; border-top: 1px solid #e9edf0; font-size: .75rem; color: var(--soft); }
        .hash code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
        .jump { position: sticky; bottom: 0; margin: 0 -1rem; padding: .75rem 1rem; background: linear-gradient(to top, var(--ground) 65%, transparent); text-align: center; }
        .jump .button { box-shadow: var(--shadow); width: 100%; max-width: 24rem; }

        .panel, .card { background: var(--paper); border: 1px solid #e3e7eb; border-radius: var(--radius); box-shadow: var(--shadow); padding: clamp(1.1rem, 4vw, 2rem); margin: 1.25rem 0; }
        fieldset { border: 0; padding: 0; margin: 0 0 1.25rem; min-width: 0; }
        legend { padding: 0; font-weight: 650; margin-bottom: .4rem; }
        .check { display: flex; gap: .85rem; align-items: flex-start; padding: .85rem 1rem; border: 1px solid var(--line); border-radius: 8px; margin-bottom: .6rem; }
        .check:has(:checked) { border-color: var(--accent); background: var(--accent-soft); }
        .check > div { min-width: 0; }
        .check input { flex: none; width: 1.5rem; height: 1.5rem; margin: .05rem 0 0; accent-color: var(--accent); }
        .check label { display: block; overflow-wrap: anywhere; white-space: pre-line; }
        .check .hint { margin: .15rem 0 0; }
        .check:has(:checked) .hint { color: #34424f; }
        .pair { display: grid; gap: 0 1.25rem; }
        .field { margin: 0 0 1.1rem; display: flex; flex-direction: column; }
        .field > label { font-weight: 650; }
        .optional { font-weight: 400; color: var(--soft); }
        input[type="text"], textarea { width: 100%; font: inherit; color: inherit; padding: .7rem .8rem; border: 1px solid #7b8894; border-radius: 8px; background: #fff; min-height: 3rem; margin-top: auto; }
        textarea { resize: vertical; }
        input[type="text"]:focus, textarea:focus { border-color: var(--accent); outline: 3px solid #d97706; outline-offset: 1px; }
        [aria-invalid="true"] { border: 2px solid var(--bad) !important; }
        .error { color: var(--bad); font-weight: 600; font-size: .93rem; margin: 0 0 .35rem; }
        .button { display: inline-flex; align-items: center; justify-content: center; min-height: 3rem; padding: .65rem 1.5rem; border: 0; border-radius: 8px; background: var(--accent); color: #fff; font: inherit; font-weight: 650; text-decoration: none; text-align: center; cursor: pointer; }
        .button:hover { background: var(--accent-dark); }
        .button.main { width: 100%; font-size: 1.1rem; margin: .25rem 0 .75rem; }
        .button.danger { background: var(--bad); }
        .button.danger:hover { background: #7d1010; }
        .button[aria-disabled="true"] { opacity: .65; }
        .plain { min-height: 2.75rem; padding: .5rem 1rem; border: 1px solid #7b8894; border-radius: 8px; background: #fff; color: var(--accent-dark); font: inherit; font-weight: 600; cursor: pointer; }
        .plain:hover:not(:disabled) { background: var(--accent-soft); }
        .plain:disabled { color: #5f6b76; border-color: var(--line); cursor: default; }
        .law { font-size: .85rem; margin: 0; }
        .tabs { display: inline-flex; border: 1px solid #7b8894; border-radius: 8px; overflow: hidden; }
        .tabs input { position: absolute; opacity: 0; width: 1px; height: 1px; }
        .tabs label { padding: .6rem 1.4rem; cursor: pointer; font-weight: 600; min-height: 2.75rem; display: flex; align-items: center; }
        .tabs input:checked + label { background: var(--accent); color: #fff; }
        .tabs input:focus-visible + label { outline: 3px solid #d97706; outline-offset: -3px; }
        .choice { margin-bottom: .75rem; }
        .pad { position: relative; border: 1px solid #7b8894; border-radius: 8px; background: #fff; overflow: hidden; margin-bottom: .4rem; }
        .pad::after { content: ""; position: absolute; left: 6%; right: 6%; bottom: 24%; border-bottom: 1px solid #aeb8c1; pointer-events: none; }
        #typed-pad { min-height: 7.5rem; display: flex; align-items: flex-end; padding: 0 8% 1.4rem; }
        .script { margin: 0; font: italic 2rem/1.2 "Segoe Script", "Snell Roundhand", "Apple Chancery", "URW Chancery L", "Brush Script MT", cursive, serif; overflow-wrap: anywhere; color: #10243a; }
        canvas { display: block; width: 100%; aspect-ratio: 5 / 2; max-height: 18rem; touch-action: none; cursor: crosshair; }
        .pad-hint { position: absolute; left: 0; right: 0; bottom: 4%; margin: 0; text-align: center; color: var(--soft); font-size: .88rem; pointer-events: none; }
        .tools { display: flex; gap: .6rem; margin: .4rem 0 1.1rem; }
        .drawing:not([hidden]) ~ .typed-note { display: none; }
        .row { display: flex; gap: .6rem; flex-wrap: wrap; }
        .row input[type="text"] { flex: 1 1 9rem; width: auto; min-width: 0; letter-spacing: .2em; font-variant-numeric: tabular-nums; }
        .decline { margin: 1rem 0 0; padding: 0 .25rem; }
        .decline summary { cursor: pointer; color: var(--soft); padding: .7rem 0; text-decoration: underline; text-underline-offset: .15em; }
        .decline form { background: var(--paper); border: 1px solid var(--line); border-radius: var(--radius); padding: 1.25rem; }
        .problems { background: var(--bad-soft); border: 2px solid var(--bad); border-radius: var(--radius); padding: 1rem 1.25rem; margin: 0 0 1.25rem; }
        .problems h2 { font-size: 1.08rem; color: var(--bad); }
        .problems ul { margin: 0; padding-inline-start: 1.2rem; }
        .problems a { color: var(--bad); font-weight: 600; }
        .notice { background: var(--good-soft); color: var(--good); border-radius: var(--radius); padding: .8rem 1.1rem; font-weight: 600; }

        .card { max-width: 36rem; margin: 2rem auto; text-align: center; }
        .card p { margin-inline: auto; max-width: 30rem; }
        .symbol { width: 3.5rem; height: 3.5rem; border-radius: 50%; margin: 0 auto 1rem; background: var(--accent-soft); display: grid; place-items: center; }
        .symbol::before { content: "i"; color: var(--accent); font: 700 1.6rem/1 Georgia, serif; }
        .card.good .symbol { background: var(--good-soft); }
        .card.good .symbol::before { content: ""; width: .8rem; height: 1.4rem; border: solid var(--good); border-width: 0 4px 4px 0; transform: translateY(-.15rem) rotate(45deg); }
        .card.bad .symbol { background: var(--warn-soft); }
        .card.bad .symbol::before { content: "!"; color: var(--warn); }
        .contact { margin-top: 1.25rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .93rem; }
        .contact p { margin: 0 auto .1rem; }
        .copies { list-style: none; margin: 0; padding: 0; }
        .copies li { display: flex; flex-wrap: wrap; gap: .75rem 1rem; align-items: center; justify-content: space-between; padding: 1rem 0; border-top: 1px solid var(--line); }
        .copies li > div { flex: 1 1 14rem; min-width: 0; }
        .copy-title { font-weight: 650; margin: 0; }
        .copies .quiet { margin: 0; }

        .status { font-size: 1.15rem; font-weight: 650; color: var(--accent-dark); margin-bottom: 1rem; }
        .status.good { color: var(--good); }
        .status.bad { color: var(--bad); }
        .arrival { background: var(--accent-soft); border-radius: var(--radius); padding: .9rem 1.2rem; margin-bottom: 1.25rem; }
        .arrival span { display: block; color: #34424f; font-size: .92rem; }
        .arrival strong { font-size: 1.7rem; line-height: 1.2; letter-spacing: -.01em; }
        .steps { list-style: none; display: flex; margin: 0 0 1.5rem; padding: 0; }
        .steps li { flex: 1; position: relative; padding-top: 1.9rem; text-align: center; font-size: .85rem; color: var(--soft); min-width: 0; }
        .steps li::before { content: ""; position: absolute; top: .2rem; left: calc(50% - .6rem); width: 1.2rem; height: 1.2rem; border-radius: 50%; background: var(--paper); border: 3px solid #aeb8c1; z-index: 1; }
        .steps li + li::after { content: ""; position: absolute; top: .7rem; right: 50%; width: 100%; border-top: 3px solid #d5dbe1; }
        .steps li.past::before, .steps li.now::before { border-color: var(--accent); background: var(--accent); }
        .steps li.past + li::after { border-color: var(--accent); }
        .steps li.now { color: var(--accent-dark); font-weight: 650; }
        .steps li.now::before { box-shadow: 0 0 0 5px rgb(31 78 121 / .18); }
        .live { text-align: center; }
        .score .scores { display: grid; gap: .5rem; }
        .scores > div { position: relative; }
        .scores input { position: absolute; opacity: 0; inset: 0; width: 100%; height: 100%; margin: 0; cursor: pointer; }
        .scores label { display: flex; align-items: center; gap: .9rem; padding: .55rem .9rem; border: 1px solid #7b8894; border-radius: 8px; min-height: 3rem; }
        .scores .figure { font-weight: 700; font-size: 1.15rem; min-width: 1.2rem; text-align: center; }
        .scores input:checked + label { background: var(--accent); border-color: var(--accent); color: #fff; }
        .scores input:focus-visible + label { outline: 3px solid #d97706; outline-offset: 2px; }

        @media (min-width: 40rem) {
          main { padding-top: 2.25rem; }
          h1 { font-size: 2rem; }
          .pair { grid-template-columns: 1fr 1fr; }
          .score .scores { grid-template-columns: repeat(5, 1fr); }
          .scores > div, .scores label { height: 100%; }
          .scores label { flex-direction: column; gap: .1rem; text-align: center; }
          .jump .button { width: auto; min-width: 18rem; }
          .button.main { width: auto; min-width: 14rem; }
        }
        @media (max-width: 39.99rem) {
          .letterhead { flex-direction: column; gap: .6rem; }
          table.broad, table.broad tbody, table.broad tfoot, table.broad tr, table.broad td { display: block; }
          table.broad thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
          table.broad tr { border: 1px solid var(--line); border-radius: 8px; padding: .5rem .8rem; margin-bottom: .6rem; }
          table.broad td { border: 0; padding: .2rem 0; display: flex; justify-content: space-between; gap: 1rem; text-align: end; white-space: normal; }
          table.broad td::before { content: attr(data-label); color: var(--soft); font-size: .82rem; font-weight: 400; text-align: start; flex: 0 1 auto; min-width: 28%; }
          table.broad td:first-child { display: block; text-align: start; font-weight: 600; }
          table.broad td:first-child::before, table.broad td.none::before { content: none; }
          table.broad td.empty { display: none; }
          table.broad td > span { min-width: 0; overflow-wrap: anywhere; }
          table.broad tfoot tr { background: var(--ground); }
          .copies .button { width: 100%; }
        }
        @media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } *, *::before, *::after { animation: none !important; transition: none !important; } }
        @media (forced-colors: active) { .tabs input:checked + label, .scores input:checked + label { outline: 3px solid Highlight; outline-offset: -3px; } .button { border: 1px solid; } }
        @media print {
          body { background: #fff; font-size: 10.5pt; }
          .top, .bottom, .jump, .lead, .contents, .panel:not(.track), .decline, .skip, .problems, .notice, .live { display: none; }
          main, .wide { padding: 0; max-width: none; }
          .paper { border: 0; box-shadow: none; padding: 0; margin: 0; break-after: page; overflow: visible; }
          .paper:last-of-type { break-after: auto; }
          h2, h3 { break-after: avoid; }
          tr, figure, .place, .facts > div { break-inside: avoid; }
          thead { display: table-header-group; }
          .hash { margin-top: .9rem; break-before: avoid; }
          a { color: inherit; text-decoration: none; }
        }

        """##,
        "pages.js": ##"""
        // What the pages do beyond forms: drawing a signature, telling of the first touch, watching a visit. Without it everything but drawing works.
        'use strict';
        (() => {
          const find = (id) => document.getElementById(id);

          // A person, and no program that opens links, touches, types or scrolls.
          const form = find('sign-form');
          if (form) {
            const kinds = ['pointerdown', 'keydown', 'touchstart', 'wheel', 'scroll'];
            const note = (event) => {
              if (!event.isTrusted) return;
              kinds.forEach((kind) => removeEventListener(kind, note, true));
              fetch(form.dataset.opened, { method: 'POST', keepalive: true, credentials: 'omit' }).catch(() => {});
            };
            kinds.forEach((kind) => addEventListener(kind, note, { capture: true, passive: true }));
            // A second press of the button while the first is under way.
            document.querySelectorAll('form').forEach((one) => one.addEventListener('submit', (event) => {
              if (one.dataset.sent) { event.preventDefault(); return; }
              one.dataset.sent = '1';
              one.querySelectorAll('.button').forEach((button) => button.setAttribute('aria-disabled', 'true'));
            }));
            addEventListener('pageshow', (event) => {
              if (!event.persisted) return;
              document.querySelectorAll('form').forEach((one) => {
                delete one.dataset.sent;
                one.querySelectorAll('.button').forEach((button) => button.removeAttribute('aria-disabled'));
              });
            });
          }

          const canvas = find('canvas');
          if (canvas && canvas.getContext && window.PointerEvent) drawing();

          function drawing() {
            const field = find('strokes'), status = find('drawing-status'), hint = find('pad-hint');
            const undo = find('undo'), clear = find('clear'), name = find('name'), preview = find('typed-preview');
            const typed = find('method-typed'), drawn = find('method-drawn');
            const mostPoints = Number(field.dataset.points), mostLines = Number(field.dataset.lines);
            const pen = canvas.getContext('2d');
            // Points as they are handed in: x and y in parts of the longer side, 65,535; milliseconds; pressure up to 255.
            let strokes = read(field.value), current = null, pointer = null, began = 0, count = strokes.reduce((sum, one) => sum + one.length, 0);

            find('drawing').hidden = false;
            if (strokes.length || (!name.value && matchMedia('(pointer: coarse)').matches)) drawn.checked = true;
            typed.addEventListener('change', choose);
            drawn.addEventListener('change', choose);
            name.addEventListener('input', () => { preview.textContent = name.value; });
            preview.textContent = name.value;
            new ResizeObserver(fit).observe(canvas);
            choose();

            function choose() {
              find('drawn-pad').hidden = !drawn.checked;
              find('typed-pad').hidden = drawn.checked;
              if (drawn.checked) fit();
              write();
            }

            function fit() {
              const box = canvas.getBoundingClientRect(), scale = Math.min(window.devicePixelRatio || 1, 3);
              if (!box.width) return;
              canvas.width = Math.round(box.width * scale);
              canvas.height = Math.round(box.height * scale);
              pen.lineCap = pen.lineJoin = 'round';
              pen.strokeStyle = pen.fillStyle = '#10243a';
              strokes.forEach((stroke) => paint(stroke, 0));
            }

            function paint(stroke, from) {
              const unit = Math.max(canvas.width, canvas.height) / 65535, thick = canvas.width / 260;
              const width = (point) => thick * (point[3] ? 0.6 + point[3] / 160 : 1.3);
              if (stroke.length === 1) {
                pen.beginPath();
                pen.arc(stroke[0][0] * unit, stroke[0][1] * unit, width(stroke[0]), 0, 7);
                pen.fill();
              }
              for (let index = Math.max(1, from); index < stroke.length; index += 1) {
                pen.beginPath();
                pen.lineWidth = width(stroke[index]);
                pen.moveTo(stroke[index - 1][0] * unit, stroke[index - 1][1] * unit);
                pen.lineTo(stroke[index][0] * unit, stroke[index][1] * unit);
                pen.stroke();
              }
            }

            function take(event) {
              const box = canvas.getBoundingClientRect(), longer = Math.max(box.width, box.height);
              const place = (value, most) => Math.max(0, Math.min(Math.round(value / longer * 65535), Math.floor(most / longer * 65535)));
              const last = current[current.length - 1] || (strokes.length > 1 && strokes[strokes.length - 2].slice(-1)[0]);
              // A mouse says 0.5 of every press, which is no pressure.
              const pressure = event.pointerType === 'mouse' ? 0 : Math.round((event.pressure || 0) * 255);
              const time = Math.max(last ? last[2] : 0, Math.min(65535, Math.round(event.timeStamp - began)));
              const point = [place(event.clientX - box.left, box.width), place(event.clientY - box.top, box.height), time, pressure];
              const before = current[current.length - 1];
              if (before && Math.abs(before[0] - point[0]) + Math.abs(before[1] - point[1]) < 90) return;
              if (count >= mostPoints) { status.textContent = status.dataset.full; return; }
              current.push(point);
              count += 1;
              paint(current, current.length - 1);
            }

            canvas.addEventListener('pointerdown', (event) => {
              if (pointer !== null || event.button !== 0) return;
              event.preventDefault();
              if (strokes.length >= mostLines || count >= mostPoints) { status.textContent = status.dataset.full; return; }
              if (!strokes.length) began = event.timeStamp;
              // After a page was shown again, time goes on from where it stood.
              else if (!began) began = event.timeStamp - strokes[strokes.length - 1].slice(-1)[0][2] - 1;
              pointer = event.pointerId;
              canvas.setPointerCapture(pointer);
              current = [];
              strokes.push(current);
              take(event);
              hint.hidden = true;
            });
            canvas.addEventListener('pointermove', (event) => {
              if (event.pointerId !== pointer) return;
              event.preventDefault();
              const all = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
              (all.length ? all : [event]).forEach(take);
            });
            const lift = (event) => {
              if (event.pointerId !== pointer) return;
              pointer = current = null;
              write();
            };
            canvas.addEventListener('pointerup', lift);
            canvas.addEventListener('pointercancel', lift);
            undo.addEventListener('click', () => { strokes.pop(); redraw(); });
            clear.addEventListener('click', () => { strokes = []; redraw(); });

            function redraw() {
              count = strokes.reduce((sum, one) => sum + one.length, 0);
              pen.clearRect(0, 0, canvas.width, canvas.height);
              strokes.forEach((stroke) => paint(stroke, 0));
              write();
            }

            function write() {
              const lines = strokes.filter((stroke) => stroke.length);
              undo.disabled = clear.disabled = !lines.length;
              hint.hidden = lines.length > 0;
              const said = lines.length === 0 ? 'none' : lines.length === 1 ? 'one' : 'many';
              status.textContent = drawn.checked ? status.dataset[said].replace('{count}', lines.length) : '';
              if (!drawn.checked || !lines.length) { field.value = ''; return; }
              // Of each line the first point as it is, the others as what has changed since the one before.
              field.value = JSON.stringify({ version: 1, strokes: lines.map((stroke) => stroke.flatMap((point, index) => (
                index ? [point[0] - stroke[index - 1][0], point[1] - stroke[index - 1][1], point[2] - stroke[index - 1][2], point[3]] : point))) });
            }

            function read(text) {
              if (!text) return [];
              try {
                return JSON.parse(text).strokes.map((numbers) => {
                  const points = [];
                  for (let at = 0; at + 3 < numbers.length; at += 4) {
                    const before = points[points.length - 1] || [0, 0, 0];
                    points.push([before[0] + numbers[at], before[1] + numbers[at + 1], before[2] + numbers[at + 2], numbers[at + 3]]);
                  }
                  return points;
                });
              } catch (error) { return []; }
            }
          }

          // A visit: what changes comes as events; if they do not come, the page is loaded again.
          const track = find('track');
          if (track) {
            const live = find('live');
            const poll = () => { live.textContent = live.dataset.lost; setTimeout(() => location.reload(), 60000); };
            if (!window.EventSource) poll();
            else {
              const events = new EventSource(track.dataset.events);
              let lost = null;
              events.addEventListener('open', () => { clearTimeout(lost); lost = null; live.textContent = live.dataset.live; });
              events.addEventListener('visit', (event) => {
                const shown = new DOMParser().parseFromString(event.data, 'text/html');
                const status = track.querySelector('.status'), fresh = shown.querySelector('.status');
                // The element that screen readers watch stays; a message that is the same is not read again.
                if (status && fresh) {
                  if (status.textContent !== fresh.textContent) status.textContent = fresh.textContent;
                  status.className = fresh.className;
                  fresh.replaceWith(status);
                }
                track.replaceChildren(...shown.body.childNodes);
              });
              events.addEventListener('end', () => { events.close(); clearTimeout(lost); live.textContent = ''; });
              events.addEventListener('error', () => {
                if (lost === null) lost = setTimeout(() => { events.close(); poll(); }, events.readyState === EventSource.CLOSED ? 0 : 30000);
              });
            }
          }

          const waiting = document.querySelector('[data-reload]');
          if (waiting) setTimeout(() => location.reload(), Number(waiting.dataset.reload) * 1000);
        })();

        """##,
    ]
}
