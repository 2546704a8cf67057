"""Holds kept answers of the API against its OpenAPI document: api_answers.py DOCUMENT DIRECTORY

DIRECTORY has N.asked (method, path, status: a line each) and N.body. Exits 1 when one is not as the document says.
"""

import json
import pathlib
import re
import sys

import jsonschema


def pattern(path):
    inner = re.escape(path).replace(r"\{name\}", ".+")
    return re.compile(re.sub(r"\\\{[a-z]+\\\}", "[^/]+", inner) + "$")


def find_path(document, asked, method):
    asked = "/" + asked.split("?")[0]
    fitting = [path for path, item in document["paths"].items() if pattern(path).match(asked) and method in item]
    return min(fitting, key=lambda path: path.count("{")) if fitting else None


def response_of(document, operation, status):
    response = operation["responses"].get(status) or operation["responses"].get(status[0] + "XX")
    if response and "$ref" in response:
        response = document["components"]["responses"][response["$ref"].split("/")[-1]]
    return response


def wrong_with(document, method, path, status, body):
    found = find_path(document, path, method)
    if found is None:  # what is not there is a problem, too
        response = document["components"]["responses"]["Problem"]
    else:
        response = response_of(document, document["paths"][found][method], status)
    if response is None:
        return f"status {status} is not in the document"
    (kind, content), = response["content"].items()
    if "json" not in kind:
        return None
    try:
        value = json.loads(body)
    except ValueError as error:
        return f"no JSON: {error}"
    schema = {**content["schema"], "components": document["components"]}
    errors = sorted(jsonschema.Draft202012Validator(schema).iter_errors(value), key=lambda error: len(error.path))
    return f"{errors[0].json_path}: {errors[0].message[:300]}" if errors else None


def main():
    document = json.loads(pathlib.Path(sys.argv[1]).read_text())
    looked_at = failed = 0
    for asked in pathlib.Path(sys.argv[2]).glob("*.asked"):
        method, path, status = asked.read_text().splitlines()
        if status == "000" or path.startswith("events"):
            continue
        looked_at += 1
        wrong = wrong_with(document, method.lower(), path, status, asked.with_suffix(".body").read_text())
        if wrong:
            failed += 1
            print(f"     {method} {path}: {status}: {wrong}")
    print(f"     {looked_at} answers looked at")
    sys.exit(1 if failed or not looked_at else 0)


main()
