/// The schema's labels and choices in Spanish. What is not here stays as the schema has it.
enum SchemaWords {
    static let choices = [
        "unscheduled": "Sin planificar", "scheduled": "Planificada", "dispatched": "Enviada", "en_route": "En camino", "on_site": "En el lugar",
        "in_progress": "En curso", "canceled": "Cancelada", "cannot_complete": "No se puede", "completed": "Terminada", "posted": "Contabilizada",
        "low": "Baja", "normal": "Normal", "high": "Alta", "urgent": "Urgente", "accepted": "Aceptada", "tentative": "Quizás", "declined": "Rechazada",
        "travel": "Viaje", "work": "Trabajo", "pause": "Pausa", "call": "Llamada", "visit": "Visita", "email": "Correo", "note": "Nota",
        "prospect": "Posible", "active": "Activo", "at_risk": "En riesgo", "inactive": "Inactivo", "small": "Pequeño", "medium": "Mediano",
        "large": "Grande", "public": "Público", "open": "Abierta", "done": "Hecha", "closed": "Cerrada", "waiting": "Espera", "solved": "Resuelto",
        "draft": "Borrador", "sent": "Enviado", "viewed": "Visto", "expired": "Caducado", "signed": "Firmado", "suspended": "Suspendido",
        "terminated": "Terminado", "unknown": "Desconocido", "granted": "Concedido", "withdrawn": "Retirado", "good": "Bueno", "fair": "Regular",
        "poor": "Malo", "piece": "pieza", "metre": "metro", "litre": "litro", "kilogram": "kilo", "set": "juego", "check": "Sí o no",
        "number": "Número", "text": "Texto", "technician": "Técnico", "dispatcher": "Planificador", "router": "Rutas", "position": "Posición",
        "true": "Sí", "false": "No", "yes": "Sí", "no": "No", "theirs": "Suyo", "yours": "Tuyo", "available": "Disponible", "driving": "Conduciendo", "working": "Trabajando", "away": "Fuera",
        "acceptance": "Aceptación", "contract": "Contrato", "quote": "Oferta", "service_report": "Parte de trabajo", "opened": "Abierto", "failed": "Fallido", "presented": "Mostrado", "consented": "Consentido", "reminded": "Recordado",
    ]

    static let labels = [
        "Number": "Número", "Account": "Cuenta", "Site": "Lugar", "Contact": "Contacto", "Asset": "Equipo", "Territory": "Zona", "Kind": "Tipo",
        "Priority": "Prioridad", "Title": "Título", "Description": "Descripción", "Customer name": "Cliente", "Required skills": "Oficios",
        "Resolution": "Solución", "Travel metres": "Metros de viaje", "Status": "Estado", "Reported at": "Comunicada", "Due at": "Vence",
        "Tags": "Etiquetas", "Agreed price": "Precio acordado", "Agreed currency": "Moneda", "Answer": "Respuesta", "Product": "Artículo",
        "Quantity": "Cantidad", "Note": "Nota", "Activity": "Actividad", "Started at": "Inicio", "Stopped at": "Fin", "Summary": "Resumen",
        "Body": "Texto", "Name": "Nombre", "Address": "Dirección", "City": "Ciudad", "Segment": "Segmento", "Lifecycle": "Fase",
        "Next step": "Próximo paso", "Phones": "Teléfonos", "Notes": "Notas", "Channel": "Medio", "State": "Estado", "Due on": "Vence",
        "Assignee": "Encargado", "Access notes": "Acceso", "Technician": "Técnica", "Dispatcher": "Planificación", "Manager": "Dirección",
        "Key account manager": "Grandes cuentas", "Route planner": "Rutas", "Work order": "Orden", "Appointment": "Cita", "Conflict": "Conflicto",
        "Latitude": "Latitud", "Longitude": "Longitud", "Postal code": "Código postal", "Owner": "Responsable", "Second owner": "Segundo responsable", "Tax number": "Número fiscal",
    ]
}
