"""
The documented HTTP interface at `/api/v1`, for programs: bearer tokens with scopes, problem documents, an OpenAPI description that is tested against the
code. Thin: every answer comes from a query or an action of the rooms below.
"""
