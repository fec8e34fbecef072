"""A certificate authority of the test's own and what it signs, made by openssl."""

import os
import subprocess


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"openssl {' '.join(arguments)}: {done.stderr}")


class Authority:
    """Writes NAME.pem and NAME.key of each certificate into `folder`; its own is ca.pem."""

    def __init__(self, folder, name="ca"):
        self.folder = folder
        self.name = name
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "2", "-subj", f"/CN=costd test {name}", "-keyout", self.key(name),
                "-out", self.certificate(name))

    def certificate(self, name):
        return os.path.join(self.folder, name + ".pem")

    def key(self, name):
        return os.path.join(self.folder, name + ".key")

    def issue(self, name, names, expired=False):
        """(certificate, key) for "DNS:localhost,IP:127.0.0.1"; an expired one ended long ago."""
        request = os.path.join(self.folder, name + ".csr")
        extensions = os.path.join(self.folder, name + ".ext")
        with open(extensions, "w", encoding="utf-8") as file:
            file.write(f"subjectAltName={names}\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                f"/CN={name}", "-keyout", self.key(name), "-out", request)
        if expired:
            self.sign_expired(name, request, extensions)
        else:
            openssl("x509", "-req", "-in", request, "-CA", self.certificate(self.name), "-CAkey",
                    self.key(self.name), "-CAcreateserial", "-days", "2", "-extfile", extensions,
                    "-out", self.certificate(name))
        return self.certificate(name), self.key(name)

    def sign_expired(self, name, request, extensions):
        """Only `openssl ca` takes dates of the past."""
        index = os.path.join(self.folder, name + ".index")
        config = os.path.join(self.folder, name + ".conf")
        open(index, "w", encoding="utf-8").close()
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"[ca]\ndefault_ca = own\n[own]\ndatabase = {index}\nnew_certs_dir = "
                       f"{self.folder}\nrand_serial = yes\ndefault_md = sha256\npolicy = any\n"
                       "[any]\ncommonName = supplied\n")
        openssl("ca", "-batch", "-config", config, "-notext", "-in", request, "-cert",
                self.certificate(self.name), "-keyfile", self.key(self.name), "-startdate",
                "20200101000000Z", "-enddate", "20200102000000Z", "-extfile", extensions, "-out",
                self.certificate(name))
