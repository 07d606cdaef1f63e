"""
EPCIS 2.0 and CBV 2.0 (GS1): reading, checking, hashing and converting events in JSON-LD and XML (1.2 too).

    document = reading.read_document(data)         # one bad event never stops the rest
    checking.faults(document, as_of=...)           # what is wrong, where, in both languages
    hashing.event_hash(read.fields, read.names)    # ni:///sha-256;…?ver=CBV2.0

Whatever it was written in, an event is the object of the JSON form: the fields of the standard under their names, extensions under
`prefix:name` (`names.Names` knows the namespaces) or, read from XML, under `{namespace}name`.
"""
