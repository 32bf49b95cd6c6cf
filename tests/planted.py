"""Values that detectors must find, each in the words that it needs around it, and texts in which there is nothing.

Secrets are put together here, so that no scanner of repositories takes them for real ones.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    """One value, and the text that gives it away; most values need none."""

    entity: str
    value: str
    before: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        return self.before + self.value + self.after


PERSONAL = [
    Planted("EMAIL_ADDRESS", "john.doe+news@mail.example.co.uk"),
    Planted("EMAIL_ADDRESS", "o'brien@example.com"),
    Planted("EMAIL_ADDRESS", "jörg@bücher.example"),
    Planted("EMAIL_ADDRESS", "anna@example.com", "mailto:"),
    Planted("EMAIL_ADDRESS", "john＠example．com"),
    Planted("EMAIL_ADDRESS", "john%40example.com"),
    Planted("EMAIL_ADDRESS", "john&#64;example.com"),
    Planted("EMAIL_ADDRESS", "jo\u200bhn@exam\u00adple.com"),
    Planted("EMAIL_ADDRESS", "bob@example.com", "\\n", "\\n"),
    Planted("EMAIL_ADDRESS", "bob\\u0040example.com"),
    Planted("CREDIT_CARD", "4111 1111 1111 1111"),
    Planted("CREDIT_CARD", "4111-1111-1111-1111"),
    Planted("CREDIT_CARD", "4111\u00a01111\u00a01111\u00a01111"),
    Planted("CREDIT_CARD", "４１１１ １１１１ １１１１ １１１１"),
    Planted("CREDIT_CARD", "4111\u200b1111\u200b1111\u200b1111"),
    Planted("CREDIT_CARD", "٤١١١١١١١١١١١١١١١"),
    Planted("CREDIT_CARD", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"),
    Planted("CREDIT_CARD", "4222222222222"),
    Planted("CREDIT_CARD", "378282246310005"),
    Planted("CREDIT_CARD", "3782 822463 10005"),
    Planted("CREDIT_CARD", "30569309025904"),
    Planted("CREDIT_CARD", "5555555555554444"),
    Planted("CREDIT_CARD", "2223003122003222"),
    Planted("CREDIT_CARD", "6011000990139424"),
    Planted("CREDIT_CARD", "3530111333300000"),
    Planted("CREDIT_CARD", "6200000000000005"),
    Planted("IBAN_CODE", "DE89 3704 0044 0532 0130 00"),
    Planted("IBAN_CODE", "DE89370400440532013000"),
    Planted("IBAN_CODE", "gb82west12345698765432"),
    Planted("IBAN_CODE", "GB82 WEST 1234 5698 7654 32"),
    Planted("IBAN_CODE", "NO93 8601 1117 947"),
    Planted("IBAN_CODE", "MT84 MALT 0110 0001 2345 MTLC AST0 01S"),
    Planted("IBAN_CODE", "MU17 BOMM 0101 1010 3030 0200 000M UR"),
    Planted("US_SSN", "123-45-6789"),
    Planted("US_SSN", "123 45 6789"),
    Planted("US_SSN", "123–45–6789"),
    Planted("US_SSN", "123456789", "SSN: "),
    Planted("US_SSN", "123456789", "Social Security number is "),
    Planted("US_SSN", "123-45-6789", "\\n"),
    Planted("PHONE_NUMBER", "+1 555 123 4567"),
    Planted("PHONE_NUMBER", "+15551234567"),
    Planted("PHONE_NUMBER", "+49 (0) 30 1234567"),
    Planted("PHONE_NUMBER", "+44 20 7946 0958"),
    Planted("PHONE_NUMBER", "0049 30 1234567"),
    Planted("PHONE_NUMBER", "(555) 123-4567"),
    Planted("PHONE_NUMBER", "555-123-4567"),
    Planted("PHONE_NUMBER", "555.123.4567"),
    Planted("PHONE_NUMBER", "212 555 1234"),
    Planted("PHONE_NUMBER", "1-800-555-0199"),
    Planted("PHONE_NUMBER", "020 7946 0958"),
    Planted("PHONE_NUMBER", "01 23 45 67 89"),
    Planted("PHONE_NUMBER", "0171/1234567"),
    Planted("PHONE_NUMBER", "03-1234-5678"),
    Planted("PHONE_NUMBER", "138 1234 5678"),
    Planted("PHONE_NUMBER", "(11) 91234-5678"),
    Planted("PHONE_NUMBER", "5551234567", "phone "),
    Planted("PHONE_NUMBER", "13812345678", "手机："),
    Planted("IP_ADDRESS", "10.1.2.3"),
    Planted("IP_ADDRESS", "192.168.100.200", "http://", ":8080/"),
    Planted("IP_ADDRESS", "1.2.3.4"),
    Planted("IP_ADDRESS", "2001:db8::8a2e:370:7334"),
    Planted("IP_ADDRESS", "2001:0db8:85a3:0000:0000:8a2e:0370:7334"),
    Planted("IP_ADDRESS", "fe80::1"),
]

GITHUB = "ghp_" + "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ" + "0mLq17"
"""Its last six characters are its checksum."""
JWT = ".".join(
    (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
        "eyJzdWIiOiIxMjM0NTY3ODkwIn0",
        "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    )
)
PEM = "\n".join(
    ("-----BEGIN RSA " + "PRIVATE KEY-----", "MIIEowIBAAKCAQEA0Z3V", "+a/b==", "-----END RSA " + "PRIVATE KEY-----")
)
PGP = "\n".join(
    (
        "-----BEGIN PGP " + "PRIVATE KEY BLOCK-----",
        "Version: 1",
        "",
        "lQOYBF",
        "=Ab1+",
        "-----END PGP PRIVATE KEY BLOCK-----",
    )
)

SECRET = [
    Planted("AWS_ACCESS_KEY", "AKIA" + "IOSFODNN7EXAMPLE"),
    Planted("AWS_ACCESS_KEY", "ASIA" + "ABCDEFGHIJKLMNOP"),
    Planted("GCP_API_KEY", "AIza" + "SyA-1234567890abcdefghijklmnopqrstu"),
    Planted("AZURE_KEY", "Ab1+" * 21 + "xy==", "AccountName=a;AccountKey=", ";EndpointSuffix=x"),
    Planted("AZURE_KEY", "a1B2" * 13 + "JQQJ99BKACYeBjFXJ3w3AAABACOGabcd"),
    Planted("AZURE_KEY", "abc8Q~" + "0123456789abcdefghijABCDEFGHIJ_-."),
    Planted("GITHUB_TOKEN", GITHUB),
    Planted("GITHUB_TOKEN", "github_pat_" + "a1B2c3D4e5F6g7H8i9J0k1" + "_" + "a1B2c3D4e5" * 5 + "a1B2c3D4e"),
    Planted("SLACK_TOKEN", "xoxb-" + "123456789012-abcdefABCDEF"),
    Planted("SLACK_TOKEN", "T00000000/B00000000/abcdefABCDEF0123456789", "https://hooks.slack." + "com/services/"),
    Planted("OPENAI_API_KEY", "sk-" + "proj-abcDEF1234567890abcdefgh_-"),
    Planted("OPENAI_API_KEY", "sk-" + "0123456789abcdef0123456789abcdef"),
    Planted("ANTHROPIC_API_KEY", "sk-ant-" + "api03-abcdefghij1234567890ABCDEFGHIJ"),
    Planted("STRIPE_KEY", "sk_" + "live_1234567890abcdefABCDEF"),
    Planted("STRIPE_KEY", "whsec_" + "1234567890abcdefABCDEF12"),
    Planted("PRIVATE_KEY", PEM),
    Planted("PRIVATE_KEY", PEM.replace("\n", "\\n"), '"', '"'),
    Planted("PRIVATE_KEY", PGP),
    Planted("JWT", JWT),
    Planted("CONNECTION_STRING", "s3cr3t", "postgres://app:", "@db.internal/orders"),
    Planted("CONNECTION_STRING", "p%40ss", "redis://:", "@cache:6379"),
    Planted("PASSWORD", "hunter22", "password: "),
    Planted("PASSWORD", "swordfish", "password=", "\n"),
    Planted("PASSWORD", "swordfish", "Password: ", "\n"),
    Planted("PASSWORD", "correct horse battery", 'password = "', '"'),
    Planted("PASSWORD", "Hunter2", "the password is ", "."),
    Planted("PASSWORD", "abc123", "PGPASSWORD=", " psql"),
    Planted("PASSWORD", "s3cret", "--password "),
    Planted("PASSWORD", "Foo123", "Server=db;Pwd=", ";Timeout=5"),
    Planted("PASSWORD", "abc123", "https://x.example/?password=", "&next=1"),
    Planted("PASSWORD", "geheim99", "Das Passwort lautet "),
    Planted("PASSWORD", "abc12345", "密码：", "。"),
    Planted("PASSWORD", "abc12345", '{"user_password": "', '"}'),
    Planted("HIGH_ENTROPY_SECRET", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "aws_secret_access_key = "),
    Planted("HIGH_ENTROPY_SECRET", "9f86d081884c7d659a2feaa0c55ad015", "here is the api key you asked for: "),
    Planted("HIGH_ENTROPY_SECRET", "abcDEF1234567890abcdEFGH", "Authorization: Bearer "),
]

ALL = PERSONAL + SECRET

CLEAN = [
    "The quarterly report of 2024 shows that revenue grew by 12.5 % to 1,234,567.89 dollars.",
    "request 550e8400-e29b-41d4-a716-446655440000 took 1234 ms",
    "12345678-1234-4111-1111-111111111111 is a GUID of digits only",
    "2024-01-15 10:30:45.123 [12345] INFO  worker-7 finished in 00:01:23,456 at 1705312245.123456",
    "01.02.2024 10:20, 31/12/2023 23:59, 2024/01/15-10:30",
    "nginx v1.2.3.4 and release 10.0.19045.3803, Chrome/120.0.0.0 Safari/537.36",
    "Order #123-456-7890 and SKU-555-123-4567, part no. 0306-40615-2",
    "C4, S3 and EKS are names; D3, H1, K8S too",
    "ISBN 978-3-16-148410-0, ZIP 90210 90211, 90210-1234",
    "ID 123456789 without a word before it",
    "4111 1111 1111 1112 has a wrong check digit; 1234567890123456 no issuer; 0.4111111111111111 is a fraction",
    "DE89 3704 0044 0532 0130 01 has a wrong checksum, XX89 3704 0044 0532 0130 00 no country",
    "000-12-3456, 666-12-3456, 912 34 5678, 123-00-4567 and 123-45-0000 were never issued",
    "icon@2x.png, git@github.com:owner/name.git, @decorator and name@host",
    "std::vector<int> a; Foo::Bar::baz(); 00:1a:2b:3c:4d:5e; 10:20:30; add::face",
    "127.0.0.1, 0.0.0.0 and 255.255.255.0 lead to nobody; 300.1.2.3 and 1.2.3.4.5 are none",
    "Forgot password: click here. The password is required. password: string, password = getpass()",
    "password=$DB_PASSWORD password=${PW} password: ******** pwd=<secret>",
    "password = os.environ['PW'], password: [REDACTED], password=self.password",
    "postgres://user:$PASSWORD@db/x, redis://:{pw}@cache, https://example.com:8080/a@b",
    "pass=12 fail=3; the bus will pass 12th street; compass: north1234",
    "max_tokens: 4096, the token endpoint https://login.example.com/oauth2/v2.0/token, my-very-long-token-name-v2",
    "a key 550e8400-e29b-41d4-a716-446655440000 in the token table names a row",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "eyJhbGciOnot.a.token and sk-learn, sk-folding-cube-container-wrap-2, task-force-of-all-the-nations",
    "numbers 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 in a row",
    "这是一个没有任何个人信息的句子，今天是二〇二四年。",
    "€ 1.234.567,89 — “quoted” … naïve café",
]
