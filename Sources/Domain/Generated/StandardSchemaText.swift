// Made by tools/generate-schema from Protocol/schema/field-service.yaml. Change that file, then run the tool.

extension StandardSchema {
    /// The content of `Protocol/schema/field-service.yaml`.
    public static let text = ##"""
        # The schema of Converge's first domain: account management and field service.
        #
        # Hub and devices load this one file. Numbers are names on the wire: they never change and are never used
        # again, also when what they named is gone. Everything else may be reworded in a new version.
        #
        # How to read it
        #   time_zone    `<reference>.<field>`: the row that a user names, and the field of it that says in which zone (as
        #                in the IANA database) the user's days begin. Without it they are those of UTC.
        #   roles        who a user is. `receives` names the scopes of a user in the role, as `kind:$id` (the key
        #                is the user's own id) or `kind:$field` (the value of that field of the user's row). A role
        #                that receives nothing works with the hub's own tools and has no device. `kind:$id days -7..14`
        #                (or `months -24..1`) is a window of the scope that moves with time: the days or months of UTC that
        #                share a moment with those of the user, counted from the present one, and what has no time yet.
        #   teams        names for several roles, usable wherever roles are listed.
        #   lattices     orders of states, from the least to the furthest. Clashes go to review and decide nothing.
        #   collections  `kind: record` (the default): cells merge. `kind: ledger`: rows are only ever added.
        #     title      the field that stands for the row when people are shown it.
        #     rights     per role or team: read, create, update, delete. Lines that name the same role add up, and
        #                each of the other rights includes reading.
        #     scopes     `everyone` · `<kind> by <field>` · `own <kind>` · `parent <field>` (all scopes of the row
        #                named there) · `referrer <collection>.<field>` (all scopes of the rows that name this one).
        #                Behind `by` and `parent` may stand `on <field> per day` (or `per month`), with a timestamp or date:
        #                then the row is only in the part of the scope that holds its time, for those who receive a window.
        #                `parent <field> newest <count> by <field>`: the row comes with the one named there while it is among
        #                the newest, at most so many, of the living rows that name it; newest by a timestamp or date, without
        #                which it is none. What hangs on it (`parent`) comes as well; what it names (`referrer`) does not, nor
        #                do further newest rows. Through a day or month comes nothing that is later than it. Such a rule makes no
        #                child: whatever happens to the row named, this one stays as it is.
        #     unique     sets of fields that should differ between living rows. A breach is reviewed, not refused:
        #                two people who were both offline cannot have known.
        #     minimums   integers that should not fall below a value. A breach is reviewed as well.
        #     groups     columns that mean something only together and merge as one cell. A lone field is a group
        #                of one, written in one line; a group of several lists them under `fields`.
        #       policy   last-writer · authority a < b < c · lattice <name> · keep-both · add-wins-set · counter ·
        #                write-once · hub-only. Instead of it `derived: {...}`: the hub computes the group, and devices add what
        #                their own writes contribute.
        #       derived  `{sum: <integer field>, from, …}` and `{count: rows, from, …}` of a ledger's rows; `{furthest: <field>,
        #                along: <lattice>, from, …}` the outcome of what several rows came to; `{highest: <field>, take: [fields],
        #                from, …}` fields of the row in which one is highest. Behind it `reference: <field>`, the source's field that
        #                names the row, or `key: {<own field>: <source's field>}`, which the hub makes a row for.
        #       type     text <bytes> · integer [<least>..<most>] · real · boolean · timestamp · date · custom ·
        #                choice a | b · choice <lattice> · reference <collection> · reference a | b ·
        #                reference any [but a | b] · bytes <most> · blob <most> KiB|MiB
        #                `custom` holds the values of custom fields, a cell for each key; last-writer, in ledgers write-once.
        #       readers, writers   the roles that may, of those that may read or write the row at all.
        #       mandatory: true    a new row must have it.
        #     account_by  reference fields by which a row belongs to an account, directly or through the row that is named; the first
        #                that names one counts. Custom fields and mandatory rules that are limited to a type of account or to a region
        #                go by it.
        #   custom       what an administrator adds at run time. `fields` and `rules`: the collections whose rows say which custom
        #                fields there are, and which fields are mandatory. `type` and `region`: the choice and the reference, both of
        #                the collection of accounts, to which they may be limited. `within`: a field of what the region names, by
        #                which one region lies in another; a limit for a region holds in those within it.
        #   signals      live values that are stored nowhere: of each topic, a signal and a row, only the last one counts.
        #     topic      the collection whose rows are the topics. `own: true`: only the sender's own row of users.
        #     seconds    how long a value lives at most from when it was made: 1 to 3600.
        #     senders, readers   the roles that may send it and are shown it, about rows that they receive.
        #     fields     each with a number, which is its name on the wire for ever, and whose type never changes.
        #   customers    what customers are sent by themselves. `signature`: how long a link `expires`, and when `reminders` follow.
        #                `codes`: how long a one-time code `expires`, how many `tries` it has, how many are sent `per_hour`.
        #                `quiet`: when nothing is sent that can wait. `visit`: whether it is confirmed when `booked`, from when on
        #                customers are reminded the `day_before`, whether they are told that somebody is `on_the_way`, with `position`,
        #                that it is `done`, and that it is `canceled`. `arrival`: from which `threshold` on another arrival is told, with
        #                which `gap`, and how often at `most`. `channel` of both: `email` or `sms`, for those who can be reached by it;
        #                others are told by the other one. Times of the day are those of the territory.
        #   history      what earlier versions were: under each version's number the steps to the next one, in order.
        #                Names are those that things had then; `was` holds, as under `groups`, the groups that a step
        #                took away or changed, as they stood.
        #     add        a collection, or fields `collection.field`, with `default` (or `defaults` by field) for rows
        #                of older apps.
        #     rename     a collection or `collection.field`, `to` its later name.
        #     map        the values of a choice: `up` to the later ones, `down` to the former; `was`.
        #     split      one text `into` several, cut at `by` from the first on (`cut: last`: from the last); `was`.
        #     join       several texts `into` one, with `by` between them; `was`.
        #     regroup    fields that stand in other groups now: together, or no longer; `was`.
        #     remove     fields, `was`; `writes: ignored` lets go of what older apps write of them, and otherwise it is
        #                refused. Or a collection, with its `number`, `kind` and `groups` under `was`.
        #
        # Units: money is integer hundredths of the currency beside it, distances are metres, stock counts the
        # product's own unit, times are Unix milliseconds in UTC.

        schema: field-service
        version: 2
        users: user
        time_zone: territory.time_zone

        custom:
          fields: custom_field
          rules:  mandatory_field
          type:   account.segment
          region: account.territory
          within: territory.parent

        roles:
          # Her appointments from a week back to two weeks ahead, with everything that hangs on them.
          technician:          {number: 1, label: Technician, receives: ["user:$id", "user:$id days -7..14"]}
          # A program that plans routes. It proposes; a person decides, so it ranks below the dispatcher.
          router:              {number: 2, label: Route planner, receives: ["territory:$territory", "territory:$covers"]}
          # A small company has one dispatcher for two territories: `covers` is the second one.
          dispatcher:
            number: 3
            label: Dispatcher
            receives: ["territory:$territory", "territory:$covers", "territory:$territory months -24..1", "territory:$covers months -24..1"]
          # What was talked about with a customer in the last two years.
          key_account_manager: {number: 4, label: Key account manager, receives: ["user:$id", "user:$id days -7..14", "user:$id months -24..1"]}
          manager:
            number: 5
            label: Manager
            receives: ["territory:$territory", "territory:$covers", "territory:$territory months -24..1", "territory:$covers months -24..1"]
          # Works with the hub's own tools (import, enrolment). What only the hub may write passes through here.
          administrator:       {number: 6, label: Administrator, receives: []}

        teams:
          planners: [router, dispatcher]
          sales:    [key_account_manager, manager, administrator]
          office:   [router, dispatcher, key_account_manager, manager, administrator]
          staff:    [technician, router, dispatcher, key_account_manager, manager, administrator]

        lattices:
          # What happened on the road only ever goes on. A job canceled in the office while the technician was
          # finishing it is finished all the same, so what was done stands above what was planned; that it was
          # canceled as well is what a person has to look at.
          job_status:
            order: [unscheduled, scheduled, dispatched, en_route, on_site, in_progress, canceled, cannot_complete, completed, posted]
            clashes: [[canceled, completed], [canceled, cannot_complete]]
          # The worse news is shown: whoever says "at risk" has a reason that the other has not heard yet.
          account_lifecycle:
            order: [prospect, active, at_risk, inactive]
          # The strictest answer a person has given to anyone counts.
          consent:
            order: [unknown, granted, withdrawn]
          contract_state:
            order: [draft, active, suspended, terminated]
            clashes: [[active, terminated]]
          # A signature that was given is a fact, whatever else happened to the document meanwhile.
          document_state:
            order: [draft, sent, viewed, expired, declined, signed]
            clashes: [[declined, signed], [expired, signed]]
          request_standing:
            order: [standing, withdrawn]
          template_state:
            order: [active, retired]
          task_state:
            order: [open, done]
          review_state:
            order: [open, closed]

        collections:

          # ---------------------------------------------------------------------------------------------- who and where

          territory:
            number: 1
            label: Territory
            title: name
            scopes: [everyone]
            rights:
              staff: read
              administrator: create update delete
            groups:
              name:      {number: 1, type: text 120, policy: last-writer, mandatory: true}
              # The zone in which the days of this territory begin and end, as in the IANA database.
              time_zone: {number: 2, type: text 60, policy: last-writer, mandatory: true}
              # Territories form a tree. It is moved at the hub, because it decides what others receive.
              parent:    {number: 3, type: reference territory, policy: hub-only}

          user:
            number: 2
            label: User
            title: name
            # Everybody's name is needed everywhere: authors, assignees, both sides of a conflict.
            scopes: [everyone]
            rights:
              staff: read
              administrator: create update delete
            unique: [[email]]
            groups:
              name:      {number: 1, type: text 120, policy: last-writer, mandatory: true}
              email:     {number: 2, type: text 200, policy: last-writer, readers: [office]}
              # Role and territories decide what a user receives and may do: granted at the hub, never merged.
              role:      {number: 3, type: choice technician | router | dispatcher | key_account_manager | manager | administrator, policy: hub-only, mandatory: true}
              territory: {number: 4, type: reference territory, policy: hub-only}
              covers:    {number: 5, type: reference territory, policy: hub-only, label: Also covers}
              language:  {number: 6, type: text 20, policy: last-writer}
              # What an hour costs is for those who run the company, not for colleagues.
              rate:
                number: 7
                policy: hub-only
                readers: [manager, administrator]
                fields:
                  rate_cents:    {type: integer 0..100000000, label: Hourly rate}
                  rate_currency: {type: choice EUR | USD | GBP}
              phone:     {number: 8, type: text 60, policy: last-writer, readers: [office]}
              # Elements are codes of the skill collection.
              skills:    {number: 9, type: text 40, policy: add-wins-set}

          skill:
            number: 3
            label: Skill
            title: name
            scopes: [everyone]
            rights:
              staff: read
              administrator: create update delete
            unique: [[code]]
            groups:
              # Sets elsewhere name a skill by its code, so a code never changes.
              code: {number: 1, type: text 40, policy: write-once, mandatory: true}
              name: {number: 2, type: text 120, policy: last-writer, mandatory: true}

          # ------------------------------------------------------------------------------------------------- customers

          account:
            number: 4
            label: Account
            title: name
            # Two key account managers may share an account. It does not follow its work orders: through it a
            # technician with one job would receive every contact and site of the customer. What she needs at the
            # door stands on the order (customer_name) and comes with it (site, contact, asset).
            scopes: [user by owner, user by co_owner, territory by territory]
            rights:
              planners: read
              key_account_manager: read update
              manager: create update
              administrator: create update delete
            unique: [[tax_id]]
            groups:
              name:      {number: 1, type: text 200, policy: last-writer, mandatory: true}
              # An address with another address's position would send a van to the wrong street: one group.
              place:
                number: 2
                policy: last-writer
                fields:
                  address:     {type: text 300}
                  city:        {type: text 120}
                  postal_code: {type: text 20}
                  latitude:    {type: real}
                  longitude:   {type: real}
              # Bookkeeping depends on it: whoever answers for the books is right, not whoever was last.
              tax_id:    {number: 3, type: text 40, policy: authority key_account_manager < manager < administrator, readers: [sales], label: Tax number}
              # The segment sets prices and service levels, which a manager answers for.
              segment:   {number: 4, type: choice small | medium | large | public, policy: authority key_account_manager < manager < administrator}
              # Owners decide who receives the account: given at the hub.
              owner:     {number: 5, type: reference user, policy: hub-only}
              co_owner:  {number: 6, type: reference user, policy: hub-only, label: Second owner}
              territory: {number: 7, type: reference territory, policy: last-writer, writers: [manager, administrator]}
              tags:      {number: 8, type: text 60, policy: add-wins-set}
              lifecycle: {number: 9, type: choice account_lifecycle, policy: lattice account_lifecycle}
              # One sentence that the people who share the account agree on; the loser of a clash stays visible.
              next_step: {number: 10, type: text 500, policy: last-writer}
              # Elements read "label: number". Two people adding a number each have added two numbers.
              phones:    {number: 11, type: text 80, policy: add-wins-set}
              notes:     {number: 12, type: text 4000, policy: last-writer, readers: [sales]}
              # What an administrator has added for the accounts of this company.
              custom:    {number: 13, type: custom, policy: last-writer}

          contact:
            number: 5
            label: Contact
            title: name
            # A technician receives the contacts that her orders name, and of them name and phones only.
            scopes: [parent account, referrer work_order.contact]
            account_by: [account]
            rights:
              technician: read
              planners: create update
              key_account_manager: create update
              manager: create update delete
              administrator: create update delete
            groups:
              account:   {number: 1, type: reference account, policy: last-writer, mandatory: true}
              name:      {number: 2, type: text 120, policy: last-writer, mandatory: true}
              job_title: {number: 3, type: text 120, policy: last-writer, readers: [office]}
              phones:    {number: 4, type: text 80, policy: add-wins-set}
              emails:    {number: 5, type: text 200, policy: add-wins-set, readers: [office]}
              consent:   {number: 6, type: choice consent, policy: lattice consent, readers: [office], label: Consent to be written to}
              custom:    {number: 7, type: custom, policy: last-writer, readers: [office]}
              # In which documents are made and messages are written for this person (BCP 47).
              language:  {number: 8, type: text 20, policy: last-writer}

          site:
            number: 6
            label: Site
            title: name
            scopes: [parent account, referrer work_order.site]
            account_by: [account]
            rights:
              # Technicians are the ones who find out that the address is wrong.
              technician: read update
              planners: create update
              key_account_manager: create update
              manager: create update
              administrator: create update delete
            groups:
              account:      {number: 1, type: reference account, policy: last-writer, mandatory: true, writers: [office]}
              name:         {number: 2, type: text 200, policy: last-writer, mandatory: true}
              place:
                number: 3
                policy: last-writer
                fields:
                  address:     {type: text 300}
                  city:        {type: text 120}
                  postal_code: {type: text 20}
                  latitude:    {type: real}
                  longitude:   {type: real}
              access_notes: {number: 4, type: text 2000, policy: last-writer}
              kind:         {number: 5, type: text 80, policy: last-writer}
              custom:       {number: 6, type: custom, policy: last-writer}

          asset:
            number: 7
            label: Asset
            title: name
            # With its site, and with an order that names it although it stands elsewhere by now.
            scopes: [parent site, referrer work_order.asset]
            account_by: [site]
            rights:
              technician: create update
              planners: create update
              key_account_manager: read
              manager: read update
              administrator: create update delete
            unique: [[serial]]
            groups:
              site:         {number: 1, type: reference site, policy: last-writer, mandatory: true}
              name:         {number: 2, type: text 200, policy: last-writer, mandatory: true}
              kind:         {number: 3, type: text 80, policy: last-writer}
              # Read off the plate once; a second reading that differs is another machine or a mistake.
              serial:       {number: 4, type: text 80, policy: write-once}
              # Visits of different technicians add up, whoever comes back first.
              visits:       {number: 5, type: integer, policy: counter}
              installed_on: {number: 6, type: date, policy: last-writer}
              condition:    {number: 7, type: choice good | fair | poor, policy: last-writer}
              custom:       {number: 8, type: custom, policy: last-writer}

          # ------------------------------------------------------------------------------------------- parts and stock

          product:
            number: 8
            label: Product
            title: name
            scopes: [everyone]
            rights:
              staff: read
              administrator: create update delete
            unique: [[sku]]
            groups:
              name:  {number: 1, type: text 200, policy: last-writer, mandatory: true}
              sku:   {number: 2, type: text 40, policy: write-once, mandatory: true, label: Article number}
              # A price and its currency are one thing. Prices are set in one place, and are not for the road.
              price:
                number: 3
                policy: hub-only
                readers: [office]
                fields:
                  price_cents:    {type: integer 0..10000000000, label: Price}
                  price_currency: {type: choice EUR | USD | GBP}
              unit:  {number: 4, type: choice piece | metre | litre | kilogram | set, policy: last-writer, mandatory: true}

          warehouse:
            number: 9
            label: Store
            title: name
            # A van belongs to one technician, so that nobody else can promise away what it carries.
            scopes: [user by holder, territory by territory]
            rights:
              technician: read
              planners: read
              manager: read
              administrator: create update delete
            groups:
              name:      {number: 1, type: text 120, policy: last-writer, mandatory: true}
              kind:      {number: 2, type: choice warehouse | van, policy: write-once, mandatory: true}
              holder:    {number: 3, type: reference user, policy: hub-only}
              territory: {number: 4, type: reference territory, policy: hub-only}

          stock_level:
            number: 10
            label: Stock level
            scopes: [parent place]
            rights:
              technician: read
              planners: read
              manager: read
              administrator: read
            unique: [[place, product]]
            # What was used was used: the book may go negative, and somebody is told.
            minimums: [{field: on_hand, value: 0}]
            groups:
              # The hub makes the row with the first movement.
              item:
                number: 1
                policy: hub-only
                fields:
                  place:   {type: reference warehouse, label: Store}
                  product: {type: reference product}
              # Never written: a sum of movements cannot be overwritten by an old total.
              on_hand:
                number: 2
                type: integer
                derived: {sum: quantity, from: stock_movement, key: {place: place, product: product}}

          # Ledgers keep all their columns in one group: a row is written once and whole, so one cell says it all.
          stock_movement:
            number: 11
            label: Stock movement
            kind: ledger
            scopes: [parent place]
            rights:
              technician: create
              planners: create
              manager: read
              administrator: create
            groups:
              entry:
                number: 1
                policy: write-once
                fields:
                  place:      {type: reference warehouse, mandatory: true, label: Store}
                  product:    {type: reference product, mandatory: true}
                  # Positive into the place, negative out of it.
                  quantity:   {type: integer -1000000..1000000, mandatory: true}
                  reason:     {type: choice opening | receipt | use | return | transfer | correction, mandatory: true}
                  work_order: {type: reference work_order}
                  moved_at:   {type: timestamp, mandatory: true}
                  note:       {type: text 500}

          # ------------------------------------------------------------------------------------------------------ work

          work_order:
            number: 12
            label: Work order
            title: title
            # To the territory's planners, to the owners of the account, and to whoever has an appointment for it. With an asset
            # come its last visits: the order that is in hand is among the newest itself, so that five more make six.
            scopes: [territory by territory, parent account, referrer appointment.work_order, parent asset newest 6 by reported_at]
            account_by: [account]
            rights:
              technician: read update
              planners: create update
              key_account_manager: read
              manager: create update
              administrator: create update delete
            unique: [[number]]
            groups:
              # Numbers run without gaps, which only one place can promise.
              number:          {number: 1, type: text 20, policy: hub-only}
              account:         {number: 2, type: reference account, policy: last-writer, mandatory: true, writers: [office]}
              site:            {number: 3, type: reference site, policy: last-writer, writers: [office]}
              contact:         {number: 4, type: reference contact, policy: last-writer, writers: [office]}
              asset:           {number: 5, type: reference asset, policy: last-writer}
              territory:       {number: 6, type: reference territory, policy: last-writer, mandatory: true, writers: [office]}
              kind:            {number: 7, type: text 80, policy: last-writer}
              priority:        {number: 8, type: choice low | normal | high | urgent, policy: authority technician < router < dispatcher}
              title:           {number: 9, type: text 200, policy: last-writer, mandatory: true}
              description:     {number: 10, type: text 4000, policy: last-writer}
              # The name to ask for at the door, as it was when the order was taken.
              customer_name:   {number: 11, type: text 200, policy: last-writer}
              # Elements are codes of the skill collection.
              required_skills: {number: 12, type: text 40, policy: add-wins-set}
              # Who was there knows what was done.
              resolution:      {number: 13, type: text 4000, policy: authority router < dispatcher < technician}
              # Several visits by several vans: metres add up.
              travel_metres:   {number: 14, type: integer, policy: counter}
              # The furthest of its appointments. An order without an appointment has none and is unscheduled.
              status:
                number: 15
                type: choice job_status
                derived: {furthest: status, along: job_status, from: appointment, reference: work_order}
              reported_at:     {number: 16, type: timestamp, policy: write-once}
              due_at:          {number: 17, type: timestamp, policy: authority technician < router < dispatcher}
              # Where an imported order comes from, and what its source said of it. It is the source's word, so it
              # is written by the import alone and does not mix with what happens here.
              origin:
                number: 18
                policy: hub-only
                fields:
                  origin_name:      {type: text 60}
                  origin_key:       {type: text 80}
                  origin_status:    {type: choice open | closed}
                  origin_closed_at: {type: timestamp}
              tags:            {number: 19, type: text 60, policy: add-wins-set}
              # Two people who each agreed on a price with the customer have made two promises. No rule can tell
              # which one holds; both stand until a person has asked.
              agreed_price:
                number: 20
                policy: keep-both
                readers: [office]
                writers: [office]
                fields:
                  agreed_cents:    {type: integer 0..10000000000, label: Agreed price}
                  agreed_currency: {type: choice EUR | USD | GBP}
              custom:          {number: 21, type: custom, policy: last-writer}

          appointment:
            number: 13
            label: Appointment
            # The territory is repeated here: taking it from the order would close a circle, as the order takes
            # the technician's scope from here.
            scopes: [user by assignee on planned_start per day, territory by territory]
            rights:
              technician: read update
              planners: create update delete
              manager: read
              administrator: create update delete
            groups:
              work_order: {number: 1, type: reference work_order, policy: write-once, mandatory: true}
              # The dispatcher has the whole day before her, the router a calculation, the technician his wish.
              assignee:   {number: 2, type: reference user, policy: authority technician < router < dispatcher}
              territory:  {number: 3, type: reference territory, policy: last-writer, mandatory: true, writers: [planners, administrator]}
              # A start from one plan and an end from another is a plan that nobody made.
              planned:
                number: 4
                policy: authority technician < router < dispatcher
                fields:
                  planned_start: {type: timestamp}
                  planned_end:   {type: timestamp}
                  window_start:  {type: timestamp, label: Earliest arrival}
                  window_end:    {type: timestamp, label: Latest arrival}
              pinned:     {number: 5, type: boolean, policy: authority router < dispatcher, writers: [planners, administrator]}
              response:   {number: 6, type: choice accepted | tentative | declined, policy: last-writer, writers: [technician]}
              status:
                number: 7
                type: choice job_status
                derived: {furthest: state, along: job_status, from: status_event, reference: appointment}
              # Estimates are numbered as they are made; the newest is shown, however late the older ones arrive.
              eta:
                number: 8
                derived: {highest: revision, take: [revision, arrives_at, source], from: eta, reference: appointment}
                fields:
                  eta_revision: {type: integer 1..1000000000, label: ETA revision}
                  eta_at:       {type: timestamp, label: Expected arrival}
                  eta_source:   {type: choice dispatcher | router | technician | position, label: ETA source}

          status_event:
            number: 14
            label: Status event
            kind: ledger
            scopes: [parent appointment]
            rights:
              technician: create
              planners: create
              manager: read
              administrator: create
            groups:
              entry:
                number: 1
                policy: write-once
                fields:
                  appointment: {type: reference appointment, mandatory: true}
                  state:       {type: choice job_status, mandatory: true}
                  happened_at: {type: timestamp, mandatory: true}
                  note:        {type: text 500}
                  latitude:    {type: real}
                  longitude:   {type: real}

          eta:
            number: 15
            label: ETA
            kind: ledger
            scopes: [parent appointment]
            rights:
              technician: create
              planners: create
              manager: read
              administrator: create
            groups:
              entry:
                number: 1
                policy: write-once
                fields:
                  appointment: {type: reference appointment, mandatory: true}
                  # One more than the revision that the sender was shown.
                  revision:    {type: integer 1..1000000000, mandatory: true}
                  arrives_at:  {type: timestamp, mandatory: true}
                  source:      {type: choice dispatcher | router | technician | position, mandatory: true}

          checklist_item:
            number: 16
            label: Checklist item
            title: question
            scopes: [parent work_order]
            rights:
              technician: read update
              planners: create update delete
              manager: read
              administrator: create update delete
            groups:
              work_order: {number: 1, type: reference work_order, policy: write-once, mandatory: true}
              # What is asked and what kind of answer it takes belong together.
              question:
                number: 2
                policy: last-writer
                writers: [planners, administrator]
                fields:
                  position:    {type: integer 0..10000, mandatory: true}
                  question:    {type: text 300, mandatory: true}
                  answer_kind: {type: choice check | number | text, mandatory: true}
              # Only who stands in front of the machine can answer.
              answer:
                number: 3
                policy: last-writer
                writers: [technician]
                fields:
                  answer:      {type: text 1000}
                  answered_at: {type: timestamp}
              # Photos of two people are all photos.
              photos:     {number: 4, type: blob 20 MiB, policy: add-wins-set}

          part_needed:
            number: 17
            label: Part needed
            scopes: [parent work_order]
            rights:
              technician: create update
              planners: create update delete
              manager: read
              administrator: create update delete
            groups:
              work_order: {number: 1, type: reference work_order, policy: write-once, mandatory: true}
              # Ten of one part are not ten of another.
              need:
                number: 2
                policy: authority router < dispatcher < technician
                fields:
                  product:  {type: reference product, mandatory: true}
                  quantity: {type: integer 1..10000, mandatory: true}
              # A grant from the warehouse is a promise of goods that are there, and only the hub sees them all.
              granted:    {number: 3, type: integer 0..10000, policy: hub-only}
              note:       {number: 4, type: text 500, policy: last-writer}

          time_entry:
            number: 18
            label: Time entry
            kind: ledger
            # A technician keeps her own hours also when the job was given to somebody else.
            scopes: [user by worker, parent appointment]
            rights:
              technician: create
              planners: read
              manager: read
              administrator: create
            groups:
              entry:
                number: 1
                policy: write-once
                fields:
                  appointment: {type: reference appointment}
                  worker:      {type: reference user, mandatory: true}
                  activity:    {type: choice travel | work | pause, mandatory: true}
                  started_at:  {type: timestamp, mandatory: true}
                  stopped_at:  {type: timestamp, mandatory: true}
                  note:        {type: text 500}
                  # Hours are corrected by a further entry that names the wrong one.
                  corrects:    {type: reference time_entry}

          document:
            number: 19
            label: Document
            title: title
            scopes: [parent work_order]
            rights:
              technician: create update
              planners: create update
              key_account_manager: read
              manager: read
              administrator: create update delete
            groups:
              work_order: {number: 1, type: reference work_order, policy: write-once, mandatory: true}
              title:      {number: 2, type: text 200, policy: last-writer, mandatory: true}
              # What somebody signs must not change under the signature.
              content:    {number: 3, type: blob 20 MiB, policy: write-once}
              state:      {number: 4, type: choice document_state, policy: lattice document_state}
              expires_on: {number: 5, type: date, policy: authority technician < router < dispatcher}
              # What is read and signed, with all its fields filled in, and what it was made from (Protocol/documents).
              form:
                number: 6
                policy: write-once
                fields:
                  form:             {type: blob 1 MiB}
                  kind:             {type: choice service_report | acceptance | quote | contract}
                  template:         {type: text 80}
                  template_version: {type: integer 1..1000000}
                  language:         {type: text 20}
              # The document on paper with its signatures and what led to them, signed with the company's certificate.
              signed_copy:
                number: 7
                policy: hub-only
                fields:
                  copy:       {type: blob 40 MiB, label: Signed copy}
                  # What was reached: a signature (B-B), one with a timestamp (B-T), or none.
                  copy_level: {type: choice unsigned | B-B | B-T, label: Level of the signature}
                  copy_made:  {type: timestamp}

          signature:
            number: 20
            label: Signature
            title: signer_name
            scopes: [parent work_order]
            rights:
              technician: create
              planners: read
              key_account_manager: read
              manager: read
              administrator: read
            # Two devices that were both offline may each have let somebody sign.
            unique: [[document, place]]
            groups:
              work_order: {number: 1, type: reference work_order, policy: write-once, mandatory: true}
              # Strokes, name and the hash of what was signed prove something only together, and only once.
              signed:
                number: 2
                policy: write-once
                fields:
                  document:      {type: reference document}
                  document_hash: {type: bytes 32}
                  signer_name:   {type: text 120, mandatory: true}
                  strokes:       {type: bytes 32768, mandatory: true}
                  signed_at:     {type: timestamp, mandatory: true}
                  # As it looked on the screen, for those who print it.
                  image:         {type: blob 500 KiB}
              # How it was given: where in the document, by whom in what role, and the words that were agreed to.
              given:
                number: 3
                policy: write-once
                fields:
                  place:       {type: text 40}
                  method:      {type: choice drawn | typed}
                  signer_role: {type: text 120}
                  consent:     {type: text 2000}
              # Whether what was signed is what stands now. The hub looks whenever a field that the document shows has changed.
              coverage:
                number: 4
                policy: hub-only
                fields:
                  covers:     {type: choice present | earlier}
                  # The fields that are otherwise now, as `collection.field`, a line each; `collection` alone where a row was added.
                  changed:    {type: text 4000}
                  changed_at: {type: timestamp}

          # What happened to a document on its way to a signature, in the order in which it was told.
          signature_event:
            number: 31
            label: Signature event
            kind: ledger
            title: event
            scopes: [parent work_order]
            rights:
              technician: create
              planners: create
              key_account_manager: read
              manager: read
              administrator: create
            groups:
              entry:
                number: 1
                policy: write-once
                fields:
                  work_order:  {type: reference work_order, mandatory: true}
                  document:    {type: reference document, mandatory: true}
                  event:       {type: choice sent | reminded | opened | presented | code_sent | code_verified | consented | signed | declined | withdrawn | expired | undelivered | completed, mandatory: true}
                  happened_at: {type: timestamp, mandatory: true}
                  # In a document, as its form names it.
                  place:       {type: text 40}
                  # The person in front of the screen, as they said.
                  person:      {type: text 120}
                  # Of the form; what was read is what was signed.
                  form_hash:   {type: bytes 32, mandatory: true}
                  note:        {type: text 500}
                  # Shared by the events of documents that somebody signed together on a device.
                  session:     {type: text 40}
                  # Of what happened through a link: which one's request, from which address, by which browser.
                  request:     {type: reference signature_request}
                  address:     {type: text 64}
                  agent:       {type: text 300}
                  # SHA-256 of the document as a file, before and after.
                  hash_before: {type: bytes 32}
                  hash_after:  {type: bytes 32}

          # Somebody who is not there is to sign: the hub sends a link.
          signature_request:
            number: 30
            label: Request for a signature
            title: signer_name
            scopes: [parent work_order]
            rights:
              technician: create update
              planners: create update
              key_account_manager: create update
              manager: create update
              administrator: create update
            groups:
              work_order: {number: 1, type: reference work_order, policy: write-once, mandatory: true}
              # Whoever is asked for another signature is asked anew.
              asked:
                number: 2
                policy: write-once
                fields:
                  signer_name:  {type: text 120, mandatory: true}
                  signer_email: {type: text 200}
                  signer_phone: {type: text 60}
                  # Whose address is taken if none is given here: who asks need not be allowed to read it.
                  contact:      {type: reference contact}
                  language:     {type: text 20}
                  # In the documents, as their forms name it.
                  place:        {type: text 40, mandatory: true}
                  message:      {type: text 1000}
              # Elements are ids of documents.
              documents:   {number: 3, type: text 40, policy: add-wins-set}
              # Whoever does not want it signed any more is right, whatever others did to it.
              standing:    {number: 4, type: choice request_standing, policy: lattice request_standing}
              # Whoever writes another time wants the link sent again, in the place of the former.
              again_at:    {number: 5, type: timestamp, policy: last-writer, label: Send again}
              progress:
                number: 6
                policy: hub-only
                fields:
                  state:      {type: choice waiting | sent | opened | signed | declined | expired | withdrawn | failed}
                  sent_at:    {type: timestamp}
                  expires_at: {type: timestamp}
                  opened_at:  {type: timestamp}
                  ended_at:   {type: timestamp}
                  reminders:  {type: integer 0..100}
                  # The last wish to send it again that was met.
                  again_met:  {type: timestamp}
                  links:      {type: integer 0..1000000, label: Links sent}
                  trouble:    {type: text 500}

          # What customers were written, and what has become of it.
          message:
            number: 32
            label: Message to a customer
            title: purpose
            scopes: [parent work_order]
            rights:
              technician: read
              planners: read
              key_account_manager: read
              manager: read
              administrator: read
            # The same thing is written once.
            unique: [[purpose]]
            groups:
              matter:
                number: 1
                policy: hub-only
                fields:
                  work_order:  {type: reference work_order, mandatory: true}
                  kind:        {type: text 60, mandatory: true}
                  # What it is for, once and for all, such as `signature_request 01… 2`.
                  purpose:     {type: text 200, mandatory: true}
                  request:     {type: reference signature_request}
                  appointment: {type: reference appointment}
                  channel:     {type: choice email | sms, mandatory: true}
                  language:    {type: text 20}
                  made_at:     {type: timestamp}
              address:  {number: 2, type: text 254, policy: hub-only, readers: [office]}
              progress:
                number: 3
                policy: hub-only
                fields:
                  state:    {type: choice waiting | sent | failed | undelivered | canceled}
                  tries:    {type: integer 0..1000}
                  next_try: {type: timestamp}
                  sent_at:  {type: timestamp}
                  trouble:  {type: text 500}

          # What customers answered when they were asked how a visit was.
          survey_answer:
            number: 33
            label: Survey answer
            kind: ledger
            scopes: [parent account, parent work_order]
            account_by: [account, work_order]
            rights:
              technician: read
              planners: read
              key_account_manager: read
              manager: read
              administrator: create
            groups:
              entry:
                number: 1
                policy: write-once
                fields:
                  account:     {type: reference account}
                  work_order:  {type: reference work_order, mandatory: true}
                  appointment: {type: reference appointment, mandatory: true}
                  score:       {type: integer 1..5, mandatory: true}
                  comment:     {type: text 2000}
                  answered_at: {type: timestamp, mandatory: true}

          # What documents are made from: the text of a file of Protocol/documents. Another wording is another version, in a row
          # of its own, so that a document can be made out as it was.
          document_template:
            number: 34
            label: Document template
            title: name
            scopes: [everyone]
            rights:
              staff: read
              administrator: create update
            unique: [[name, template_version]]
            groups:
              template:
                number: 1
                policy: write-once
                fields:
                  name:             {type: text 80, mandatory: true}
                  template_version: {type: integer 1..1000000, mandatory: true, label: Version}
                  kind:             {type: choice service_report | acceptance | quote | contract, mandatory: true}
                  language:         {type: text 20, mandatory: true}
                  # In which territory, and those within it, it is taken before the others.
                  region:           {type: reference territory}
                  content:          {type: text 65536, mandatory: true}
              state: {number: 2, type: choice template_state, policy: lattice template_state}

          # ------------------------------------------------------------------------------------------ for those who answer

          # Somebody asks, with or without a network, and whoever answers for the territory decides.
          approval:
            number: 35
            label: Approval
            title: reason
            scopes: [user by asked_by, territory by territory]
            rights:
              technician: create update
              planners: create update
              key_account_manager: create update
              manager: create update
              administrator: create update
            groups:
              # Whoever wants something else asks anew: what was decided on does not change under the decision.
              asked:
                number: 1
                policy: write-once
                fields:
                  kind:            {type: choice price | overtime | purchase | write_off | other, mandatory: true}
                  reason:          {type: text 1000, mandatory: true}
                  territory:       {type: reference territory, mandatory: true}
                  asked_by:        {type: reference user, mandatory: true}
                  asked_at:        {type: timestamp, mandatory: true}
                  subject:         {type: reference account | contract | work_order | appointment}
                  amount_cents:    {type: integer 0..100000000000, label: Amount}
                  amount_currency: {type: choice EUR | USD | GBP}
              # Two who decide differently are a conflict, which one of them settles.
              decision:
                number: 2
                policy: authority manager < administrator
                writers: [manager, administrator]
                fields:
                  decision:      {type: choice approved | refused}
                  decided_by:    {type: reference user}
                  decided_at:    {type: timestamp}
                  decision_note: {type: text 1000}
              # Whoever has withdrawn what they asked for does not want it any more, whatever was decided meanwhile.
              standing: {number: 3, type: choice request_standing, policy: lattice request_standing}

          # An account in figures: whoever answers for many accounts sees how each is doing without what the figures are made of.
          # They are sums of ledgers, so devices that were away agree on them.
          account_figures:
            number: 36
            label: Figures of an account
            scopes: [parent account]
            rights:
              planners: read
              key_account_manager: read
              manager: read
              administrator: read
            unique: [[account]]
            groups:
              # The hub makes the row with the first of what is counted.
              account:      {number: 1, type: reference account, policy: hub-only}
              # Calls, visits, letters and notes that name the account.
              interactions: {number: 2, type: integer, derived: {count: rows, from: interaction, key: {account: account}}}
              answers:      {number: 3, type: integer, label: Answers to surveys, derived: {count: rows, from: survey_answer, key: {account: account}}}
              # By the number of answers it is the mean.
              score_total:  {number: 4, type: integer, label: Sum of scores, derived: {sum: score, from: survey_answer, key: {account: account}}}

          # ---------------------------------------------------------------------------------------- account management

          interaction:
            number: 21
            label: Interaction
            kind: ledger
            title: summary
            # Notes on an order go with the order as well; a technician never receives any other.
            scopes: [parent account on happened_at per month, parent work_order]
            account_by: [account, work_order]
            rights:
              technician: create
              planners: create
              key_account_manager: create
              manager: create
              administrator: create
            groups:
              entry:
                number: 1
                policy: write-once
                fields:
                  # A technician's note names the order only: she does not hold accounts, and the order brings the
                  # note to the account's owners.
                  account:     {type: reference account}
                  work_order:  {type: reference work_order}
                  contact:     {type: reference contact}
                  channel:     {type: choice call | visit | email | note, mandatory: true}
                  summary:     {type: text 200, mandatory: true}
                  body:        {type: text 8000}
                  happened_at: {type: timestamp, mandatory: true}
                  # A better wording is a further entry, so that both can be read.
                  revises:     {type: reference interaction}
              custom: {number: 2, type: custom, policy: write-once}

          task:
            number: 22
            label: Task
            title: title
            scopes: [parent subject, user by assignee]
            account_by: [subject]
            rights:
              technician: read update
              planners: create update
              key_account_manager: create update
              manager: create update delete
              administrator: create update delete
            groups:
              subject:  {number: 1, type: reference account | contact | site | work_order | contract, policy: last-writer, mandatory: true}
              title:    {number: 2, type: text 200, policy: last-writer, mandatory: true}
              notes:    {number: 3, type: text 4000, policy: last-writer}
              due_on:   {number: 4, type: date, policy: authority key_account_manager < manager}
              assignee: {number: 5, type: reference user, policy: authority key_account_manager < manager}
              state:    {number: 6, type: choice task_state, policy: lattice task_state}
              custom:   {number: 7, type: custom, policy: last-writer}

          contract:
            number: 23
            label: Contract
            title: title
            scopes: [parent account]
            account_by: [account]
            rights:
              key_account_manager: create update
              manager: create update delete
              administrator: create update delete
            groups:
              account:    {number: 1, type: reference account, policy: write-once, mandatory: true}
              title:      {number: 2, type: text 200, policy: last-writer, mandatory: true}
              # Terms that were agreed are not edited; other terms are another contract.
              terms:      {number: 3, type: text 8000, policy: write-once}
              # An amount in another amount's currency is wrong by a fifth and looks right.
              value:
                number: 4
                policy: keep-both
                fields:
                  amount_cents: {type: integer 0..100000000000, label: Amount per year}
                  currency:     {type: choice EUR | USD | GBP}
              renewal_on: {number: 5, type: date, policy: authority key_account_manager < manager}
              state:      {number: 6, type: choice contract_state, policy: lattice contract_state}
              custom:     {number: 7, type: custom, policy: last-writer}

          # Mirrors of other systems: their owner is elsewhere, so nothing here is merged. `source_version` is the
          # owner's own version, by which an older copy is told from a newer one.
          ticket:
            number: 24
            label: Ticket
            title: title
            scopes: [parent account]
            rights:
              key_account_manager: read
              manager: read
              administrator: create update
            groups:
              mirror:
                number: 1
                policy: hub-only
                fields:
                  account:        {type: reference account, mandatory: true}
                  source:         {type: text 60, mandatory: true}
                  source_key:     {type: text 80, mandatory: true}
                  source_version: {type: integer}
                  title:          {type: text 200, mandatory: true}
                  body:           {type: text 8000}
                  state:          {type: choice open | waiting | solved}
                  opened_at:      {type: timestamp}

          invoice:
            number: 25
            label: Invoice
            title: invoice_number
            scopes: [parent account]
            rights:
              key_account_manager: read
              manager: read
              administrator: create update
            groups:
              mirror:
                number: 1
                policy: hub-only
                fields:
                  account:        {type: reference account, mandatory: true}
                  source:         {type: text 60, mandatory: true}
                  source_key:     {type: text 80, mandatory: true}
                  source_version: {type: integer}
                  invoice_number: {type: text 40, mandatory: true}
                  amount_cents:   {type: integer, label: Amount}
                  currency:       {type: choice EUR | USD | GBP}
                  issued_on:      {type: date}
                  due_on:         {type: date}
                  paid_on:        {type: date}

          # ----------------------------------------------------------------------------------------------- what is open

          # Written by the hub beside the write that caused it, and closed by the write that resolves it. It goes
          # where its subject goes and to both writers, who may have lost the subject since.
          conflict:
            number: 26
            label: Conflict
            title: part_label
            # Its row's scopes, both writers, and whoever it is assigned to.
            scopes: [parent subject, user by theirs_author, user by yours_author, user by assignee]
            # It closes by nothing but a write that is marked as its resolution and has seen both sides; what people
            # may write on the row itself is whose matter it is, and a note.
            rights:
              staff: read update
            groups:
              # Which cell: a row, its group's number and, in a set, the element.
              cell:
                number: 1
                policy: hub-only
                fields:
                  subject:      {type: reference any but conflict | review}
                  part_group:   {type: integer 0..4294967295}
                  part_element: {type: text 1000}
                  part_label:   {type: text 200, label: What it is about}
              # The values are texts in JSON, an object with the group's columns each. "Yours" came second, or is what
              # a later write left unseen; "theirs" follows every write that does not resolve the conflict.
              sides:
                number: 2
                policy: hub-only
                fields:
                  rule:          {type: text 40}
                  base:          {type: text 65536}
                  theirs:        {type: text 65536}
                  yours:         {type: text 65536}
                  theirs_author: {type: reference user}
                  yours_author:  {type: reference user}
                  theirs_write:  {type: bytes 16}
                  yours_write:   {type: bytes 16}
                  theirs_at:     {type: timestamp}
                  yours_at:      {type: timestamp}
                  # Which side readers see until somebody decides.
                  shown:         {type: choice theirs | yours}
                  raised_at:     {type: timestamp}
              outcome:
                number: 3
                policy: hub-only
                fields:
                  state:         {type: choice open | closed}
                  closed_by:     {type: reference user}
                  closed_at:     {type: timestamp}
                  closing_write: {type: bytes 16}
              assignee:
                number: 4
                policy: authority key_account_manager < dispatcher < manager < administrator
                writers: [key_account_manager, dispatcher, manager, administrator]
                type: reference user
                label: Who decides
              note: {number: 5, type: text 1000, policy: last-writer}

          review:
            number: 27
            label: Review
            title: rule
            scopes: [parent subject, user by author]
            rights:
              staff: read update
            groups:
              matter:
                number: 1
                policy: hub-only
                fields:
                  subject:   {type: reference any but conflict | review}
                  rule:      {type: text 60}
                  detail:    {type: text 2000}
                  author:    {type: reference user}
                  raised_at: {type: timestamp}
              # Nothing was lost and nothing has to be undone: having been looked at is all there is to record.
              state:  {number: 2, type: choice review_state, policy: lattice review_state}
              note:   {number: 3, type: text 1000, policy: last-writer}

          # --------------------------------------------------------------------------------- what an administrator adds

          # Fields that an administrator adds at run time. Everybody is told of those of the collections and fields that they
          # read. Its key, and the kind of its type, never change; it can be retired.
          custom_field:
            number: 28
            label: Custom field
            title: label_en
            scopes: [everyone]
            rights:
              staff: read
              administrator: create update
            unique: [[collection, key]]
            groups:
              name:
                number: 1
                policy: hub-only
                fields:
                  collection: {type: text 60, mandatory: true}
                  key:        {type: text 40, mandatory: true}
              # As in this file: `text 200`, `integer 0..100`, `real`, `boolean`, `timestamp`, `date`, `choice a | b`.
              type:    {number: 2, type: text 4000, policy: hub-only, mandatory: true}
              labels:
                number: 3
                policy: hub-only
                fields:
                  label_en: {type: text 120, mandatory: true, label: Label}
                  label_es: {type: text 120, label: Label in Spanish}
              # Only for accounts of this type, and rows that belong to them; only in this region and those within it.
              limits:
                number: 4
                policy: hub-only
                fields:
                  account_type: {type: text 60}
                  region:       {type: reference territory}
              retired: {number: 5, type: boolean, policy: hub-only}
              # Who typed it last, as the operating system of the hub's machine knows them.
              set_by:  {number: 6, type: text 120, policy: hub-only}

          # Fields that a row has to have, beyond those that are mandatory everywhere.
          mandatory_field:
            number: 29
            label: Mandatory field
            title: field
            scopes: [everyone]
            rights:
              staff: read
              administrator: create update
            unique: [[collection, field, account_type, region]]
            groups:
              name:
                number: 1
                policy: hub-only
                fields:
                  collection:   {type: text 60, mandatory: true}
                  # A field of the collection, or `custom.` and the key of a custom one.
                  field:        {type: text 100, mandatory: true}
                  account_type: {type: text 60}
                  region:       {type: reference territory}
              retired: {number: 2, type: boolean, policy: hub-only}
              set_by:  {number: 3, type: text 120, policy: hub-only}

        signals:

          # When she will be there, as it is known this minute. What was promised to the customer is a row of `eta`.
          eta:
            number: 1
            label: Live ETA
            topic: appointment
            seconds: 900
            senders: [technician, planners]
            readers: [technician, planners, manager]
            fields:
              arrives_at: {number: 1, type: timestamp, mandatory: true}
              source:     {number: 2, type: choice dispatcher | router | technician | position, mandatory: true}
              delay:      {number: 3, type: integer -86400..86400, label: Delay in seconds}

          # Where somebody is, for those who plan; nobody else, and never for longer than it is of use.
          position:
            number: 2
            label: Position
            topic: user
            own: true
            seconds: 300
            senders: [technician]
            readers: [planners]
            fields:
              latitude:  {number: 1, type: real, mandatory: true}
              longitude: {number: 2, type: real, mandatory: true}
              accuracy:  {number: 3, type: integer 0..100000, label: Accuracy in metres}
              heading:   {number: 4, type: integer 0..359, label: Heading in degrees}

          presence:
            number: 3
            label: Presence
            topic: user
            own: true
            seconds: 120
            senders: [staff]
            readers: [staff]
            fields:
              state: {number: 1, type: choice available | driving | working | pause | away, mandatory: true}

        customers:
          signature: {expires: 14 days, reminders: [2 days, 7 days]}
          codes:     {expires: 10 minutes, tries: 5, per_hour: 3}
          quiet:     "21:00-08:00"
          visit:     {channel: email, booked: true, day_before: "17:00", on_the_way: true, done: true, canceled: true, position: true}
          arrival:   {channel: email, threshold: 15 minutes, gap: 10 minutes, most: 6}

        history:
          1:
            - {add: document.form}
            - {add: document.kind}
            - {add: document.template}
            - {add: document.template_version}
            - {add: document.language}
            - {add: signature.place}
            - {add: signature.method}
            - {add: signature.signer_role}
            - {add: signature.consent}
            - {add: signature_event}
            - {add: signature.covers}
            - {add: signature.changed}
            - {add: signature.changed_at}
            - {add: document.copy}
            - {add: document.copy_level}
            - {add: document.copy_made}
            - {add: signature_request}
            - {add: message}
            - {add: survey_answer}
            - {add: contact.language}
            - {add: document_template}
            - {add: approval}
            - {add: account_figures}

        """##
}
