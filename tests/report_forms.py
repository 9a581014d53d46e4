"""What readers of SARIF and JUnit rely on, as schemas that allow nothing else than what we mean to write.

SARIF: sections 3.13 to 3.58 of OASIS' SARIF 2.1.0. JUnit: the elements and attributes that Jenkins' JUnit plugin reads.
"""

import json
from io import StringIO
from typing import Any
from xml.etree import ElementTree

import jsonschema
import xmlschema

Schema = dict[str, Any]  # Any: whatever JSON can hold


def _object(required: Schema, **optional: Schema) -> Schema:
    return {
        "type": "object", "required": list(required), "properties": required | optional, "additionalProperties": False,
    }  # fmt: skip


def _list(items: Schema, **limits: int) -> Schema:
    return {"type": "array", "items": items, **limits}


_TEXT: Schema = {"type": "string", "minLength": 1}
_BAG: Schema = {"type": "object"}
_INDEX: Schema = {"type": "integer", "minimum": 0}
_LEVEL: Schema = {"enum": ["none", "note", "warning", "error"]}
_UTC: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
_MESSAGE = _object({"text": _TEXT})
_REFERENCE: Schema = {"type": "string", "pattern": r"^[^\s<>\"{}|\\^`]+$"}

_RULE = _object(
    {"id": _TEXT},
    shortDescription=_MESSAGE, fullDescription=_MESSAGE, help=_MESSAGE, properties=_BAG,
    defaultConfiguration=_object({"level": _LEVEL}),
)  # fmt: skip
_LOCATION = _object(
    {
        "physicalLocation": _object(
            {"artifactLocation": _object({"uri": _REFERENCE})},
            region=_object({"startLine": {"type": "integer", "minimum": 1}}),
        )
    },
    logicalLocations=_list(_object({"fullyQualifiedName": _TEXT}, kind=_TEXT)),
)
_RESULT = _object(
    {"ruleId": _TEXT, "message": _MESSAGE},
    ruleIndex=_INDEX, level=_LEVEL, locations=_list(_LOCATION), properties=_BAG,
    partialFingerprints={"type": "object", "additionalProperties": _TEXT},
)  # fmt: skip
_NOTIFICATION = _object({"message": _MESSAGE}, level=_LEVEL, associatedRule=_object({"id": _TEXT}))
_INVOCATION = _object(
    {"executionSuccessful": {"type": "boolean"}},
    startTimeUtc=_UTC, endTimeUtc=_UTC, toolExecutionNotifications=_list(_NOTIFICATION),
)  # fmt: skip
_DRIVER = _object({"name": _TEXT}, version=_TEXT, rules={**_list(_RULE), "uniqueItems": True})
_RUN = _object(
    {"tool": _object({"driver": _DRIVER}), "results": _list(_RESULT)},
    invocations=_list(_INVOCATION), properties=_BAG,
)  # fmt: skip
_SARIF = _object({"version": {"const": "2.1.0"}, "runs": _list(_RUN)}, **{"$schema": _REFERENCE})

_COUNT = '<xs:attribute name="{}" type="xs:nonNegativeInteger" use="required"/>'
_SAID = """
  <xs:complexType name="said"><xs:simpleContent><xs:extension base="xs:string">
    <xs:attribute name="message" type="xs:string"/><xs:attribute name="type" type="xs:string"/>
  </xs:extension></xs:simpleContent></xs:complexType>"""
_CASE = """
  <xs:complexType name="case">
    <xs:choice minOccurs="0">
      <xs:element name="skipped" type="said"/><xs:element name="error" type="said"/>
      <xs:element name="failure" type="said"/><xs:element name="system-out" type="xs:string"/>
    </xs:choice>
    <xs:attribute name="name" type="xs:string" use="required"/>
    <xs:attribute name="classname" type="xs:string" use="required"/>
    <xs:attribute name="time" type="xs:decimal"/>
  </xs:complexType>"""
_SUITE = f"""
  <xs:complexType name="suite">
    <xs:sequence><xs:element name="testcase" type="case" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>
    <xs:attribute name="name" type="xs:string" use="required"/><xs:attribute name="hostname" type="xs:string"/>
    <xs:attribute name="time" type="xs:decimal"/><xs:attribute name="timestamp" type="xs:dateTime"/>
    {"".join(_COUNT.format(name) for name in ("tests", "failures", "errors", "skipped"))}
  </xs:complexType>"""
_SUITES = f"""
  <xs:element name="testsuites"><xs:complexType>
    <xs:sequence><xs:element name="testsuite" type="suite" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>
    <xs:attribute name="name" type="xs:string"/><xs:attribute name="time" type="xs:decimal"/>
    {"".join(_COUNT.format(name) for name in ("tests", "failures", "errors"))}
  </xs:complexType></xs:element>"""
_JUNIT = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{_SAID}{_CASE}{_SUITE}{_SUITES}</xs:schema>'


def read_sarif(text: str) -> Any:  # Any: whatever JSON can hold
    """The document; raises ValidationError where it is not SARIF as we mean to write it, or a result names another rule."""
    document = json.loads(text)
    jsonschema.validate(document, _SARIF)
    for run in document["runs"]:
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert [rules[result["ruleIndex"]] for result in run["results"]] == [r["ruleId"] for r in run["results"]]
    return document


def read_junit(text: str) -> ElementTree.Element:
    """The root element; raises XMLSchemaValidationError where the document is not JUnit's."""
    xmlschema.XMLSchema(StringIO(_JUNIT)).validate(text)
    return ElementTree.fromstring(text)
