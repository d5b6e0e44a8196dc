import Foundation
import Mustache

/// The HTML that all messages share.
///
/// Mail programs drop or rewrite much of what browsers know: styles stand on the elements, the sheet only adds what a dark screen needs, and nothing
/// is fetched from anywhere, so that no opening of a mail can be counted.
enum MessageLayout {
    static func html(_ content: MessageContent, subject: String, language: String) -> String {
        let page = Page(content, subject: subject, language: language)
        return template.render(page)
    }

    /// What the layout shows, escaped already.
    private struct Page {
        var language, direction, subject, sender: String
        var preheader, greeting, closing: String?
        var blocks: [Block]
        var button: [Button]
        var senderLines: [String]

        init(_ content: MessageContent, subject: String, language: String) {
            self.language = HTMLText.escaped(language)
            direction = Locale.Language(identifier: language).characterDirection == .rightToLeft ? "rtl" : "ltr"
            self.subject = HTMLText.escaped(subject)
            sender = HTMLText.escaped(content.sender)
            preheader = content.preheader.map(HTMLText.escaped)
            greeting = content.greeting.map(HTMLText.escaped)
            closing = content.closing.map(HTMLText.escaped)
            blocks = content.blocks.map(Block.init)
            button = content.button.map { [Button(label: HTMLText.escaped($0.label), address: HTMLText.escaped($0.address), link: HTMLText.escaped($0.link))] } ?? []
            senderLines = content.senderLines.map(HTMLText.escaped)
        }
    }

    private struct Block {
        var text, quote, code: String?
        var list: [Items] = []
        var facts: [Rows] = []

        init(_ block: MessageContent.Block) {
            switch block {
            case .text(let value): text = HTMLText.escaped(value)
            case .quote(let value): quote = HTMLText.escaped(value)
            case .code(let value): code = HTMLText.escaped(value)
            case .list(let values): list = [Items(items: values.map(HTMLText.escaped))]
            case .facts(let values): facts = [Rows(rows: values.map { Row(label: HTMLText.escaped($0.label), value: HTMLText.escaped($0.value)) })]
            }
        }
    }

    private struct Items { var items: [String] }
    private struct Rows { var rows: [Row] }
    private struct Row { var label, value: String }
    private struct Button { var label, address, link: String }

    // It is a constant, which each test of a message renders.
    private static let template = try! MustacheTemplate(string: text)

    /// Values are escaped before they come here, so all of them stand in three braces.
    private static let text = ##"""
        <!DOCTYPE html>
        <html lang="{{{language}}}" dir="{{{direction}}}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="supported-color-schemes" content="light dark">
        <meta name="format-detection" content="telephone=no, date=no, address=no">
        <title>{{{subject}}}</title>
        <style>
        :root { color-scheme: light dark; }
        @media (prefers-color-scheme: dark) {
        .page { background-color: #14171a !important; }
        .card { background-color: #1f2428 !important; border-color: #3a4248 !important; }
        .ink { color: #eceff1 !important; }
        .soft { color: #b3bcc3 !important; }
        .rule { border-color: #3a4248 !important; }
        .well { background-color: #2a3136 !important; color: #eceff1 !important; }
        .button { background-color: #7fb5e6 !important; color: #0d1b28 !important; }
        .link { color: #8fc1ee !important; }
        }
        </style>
        </head>
        <body class="page" style="margin:0;padding:0;background-color:#f2f4f6;">
        {{#preheader}}
        <div aria-hidden="true" style="display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;font-size:1px;line-height:1px;mso-hide:all;">{{{.}}}</div>
        {{/preheader}}
        <div class="page" role="article" aria-label="{{{subject}}}" lang="{{{language}}}" dir="{{{direction}}}" style="background-color:#f2f4f6;padding:24px 12px;font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-size:16px;line-height:1.5;overflow-wrap:break-word;word-break:break-word;">
        <div class="card" style="max-width:560px;margin:0 auto;background-color:#ffffff;border:1px solid #dde2e6;border-radius:10px;padding:24px;">
        <p class="ink rule" style="margin:0 0 20px;padding:0 0 14px;border-bottom:1px solid #dde2e6;font-size:18px;font-weight:600;line-height:1.3;color:#1c2329;">{{{sender}}}</p>
        {{#greeting}}
        <p class="ink" style="margin:0 0 16px;color:#1c2329;">{{{.}}}</p>
        {{/greeting}}
        {{#blocks}}
        {{#text}}
        <p class="ink" style="margin:0 0 16px;color:#1c2329;">{{{.}}}</p>
        {{/text}}
        {{#quote}}
        <blockquote class="ink rule" style="margin:0 0 16px;padding:2px 14px;border:0 solid #b9c3cb;border-inline-start-width:3px;font-style:italic;color:#1c2329;">{{{.}}}</blockquote>
        {{/quote}}
        {{#code}}
        <p class="well" style="margin:0 0 16px;padding:14px;border-radius:8px;background-color:#eef2f5;color:#1c2329;text-align:center;font-family:ui-monospace,Menlo,Consolas,'Courier New',monospace;font-size:30px;font-weight:600;line-height:1.2;letter-spacing:4px;">{{{.}}}</p>
        {{/code}}
        {{#list}}
        <ul class="ink" style="margin:0 0 16px;padding:0;padding-inline-start:22px;color:#1c2329;">
        {{#items}}
        <li style="margin:0 0 4px;font-weight:600;">{{{.}}}</li>
        {{/items}}
        </ul>
        {{/list}}
        {{#facts}}
        <div style="margin:0 0 16px;">
        {{#rows}}
        <p class="ink" style="margin:0 0 8px;color:#1c2329;"><span class="soft" style="font-size:13px;color:#5a6670;">{{{label}}}:</span><br><span dir="auto">{{{value}}}</span></p>
        {{/rows}}
        </div>
        {{/facts}}
        {{/blocks}}
        {{#button}}
        <p style="margin:24px 0 16px;"><a class="button" href="{{{link}}}" style="display:inline-block;padding:13px 24px;border-radius:8px;background-color:#1f5f99;color:#ffffff;font-weight:600;line-height:1.3;text-decoration:none;">{{{label}}}</a></p>
        <p class="soft" style="margin:0 0 16px;font-size:13px;color:#5a6670;">{{{address}}}<br><a class="link" dir="ltr" href="{{{link}}}" style="color:#1f5f99;word-break:break-all;">{{{link}}}</a></p>
        {{/button}}
        {{#closing}}
        <p class="ink" style="margin:0;color:#1c2329;">{{{.}}}</p>
        {{/closing}}
        </div>
        <div class="soft" style="max-width:560px;margin:0 auto;padding:16px 24px 0;font-size:13px;color:#5a6670;">
        <strong>{{{sender}}}</strong>
        {{#senderLines}}
        <br><span dir="auto">{{{.}}}</span>
        {{/senderLines}}
        </div>
        </div>
        </body>
        </html>

        """##
}
