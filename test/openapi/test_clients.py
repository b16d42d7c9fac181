"""Clients that are generated from openapi.json: what they let a compiler find, and what they call things."""

import pytest

PROGRAM = """
import type { components, paths } from './jerry';

type Login = components['schemas']['Login'];
type Request = paths['/api/v1/auth/login']['post']['requestBody']['content']['application/json'];
type Answer = paths['/api/v1/auth/login']['post']['responses'][200]['content']['application/json'];
type Code = components['schemas']['ErrorCode'];

const request: Request = { email: 'ada@example.com', password: 'SecurePassword123!'%s };
const login = (answer: Answer): Login | null => 'mfa_required' in answer.data ? null : answer.data;
const second = (answer: Answer): string | null => 'mfa_required' in answer.data ? answer.data.mfa_token : null;
const refusal = (answer: components['schemas']['ErrorResponse']): Code => answer.error.code;
const known: Code = '%s';
export { request, login, second, refusal, known };
"""


@pytest.fixture(scope="module")
def compiles(npm, served, tmp_path_factory):
    """Is this a program that the compiler takes?  (verdict, what it says)"""
    folder = tmp_path_factory.mktemp("client")
    made = npm("openapi-typescript", served, "--output", folder / "jerry.ts")
    assert made.returncode == 0, made.stdout

    def compile_program(extra="", code="INVALID_TOKEN"):
        (folder / "program.ts").write_text(PROGRAM % (extra, code))
        done = npm("tsc", "--noEmit", "--strict", "--skipLibCheck", folder / "program.ts")
        return done.returncode == 0, done.stdout

    return compile_program


def test_a_typed_client_compiles(compiles):
    right, said = compiles()
    assert right, said


def test_a_field_that_is_written_wrong_does_not_compile(compiles):
    right, said = compiles(", remeber_me: true")
    assert not right and "remeber_me" in said


def test_a_code_that_there_is_not_does_not_compile(compiles):
    right, said = compiles(code="INVALID_TOKN")
    assert not right and "INVALID_TOKN" in said


def test_no_function_of_a_client_is_about_the_documentation(served):
    assert "Documentation" not in served.read_text()
