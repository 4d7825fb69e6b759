"""Certificates for throw-away servers and their clients, by openssl."""

import subprocess

KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']


class Authority:
    """A certificate authority in a directory of its own; `certificate` is its file."""

    def __init__(self, directory, name='authority'):
        self._directory, self._name = directory, name
        self.certificate = directory / f'{name}.crt'
        _openssl('req', '-x509', *KEY, '-keyout', directory / f'{name}.key', '-out', self.certificate,
                 '-subj', f'/CN={name}', '-days', '2')

    def issue(self, certificate, key, name, days=2):
        """Writes a certificate for `name` (days=-1: expired) and its key; who has read the files has to read them again."""
        request = self._directory / 'request'
        _openssl('req', *KEY, '-keyout', key, '-out', request, '-subj', f'/CN={name}',
                 '-addext', f'subjectAltName=DNS:{name}')
        _openssl('x509', '-req', '-in', request, '-CA', self.certificate, '-CAkey', self._directory / f'{self._name}.key',
                 '-CAcreateserial', '-days', str(days), '-copy_extensions', 'copy', '-out', certificate)
        key.chmod(0o600)


def _openssl(*args):
    subprocess.run(['openssl', *map(str, args)], check=True, capture_output=True)
