"""The Pod Security Standard `restricted`, which includes `baseline`: every control of both, by the standard's names."""

from kubernetes.build import containers

CAPABILITIES = {'AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE',
                'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'}
SYSCTLS = {'kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.ip_unprivileged_port_start',
           'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_local_reserved_ports',
           'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl',
           'net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'}
VOLUMES = {'configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'}
SELINUX = {'', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'}
APPARMOR = 'container.apparmor.security.beta.kubernetes.io/'


def findings(pod):
    """The controls that a pod or pod template breaks: a set of names."""
    of_containers = {name for one in containers(pod) for name in _of_container(pod, one)}
    return set(_of_pod(pod)) | set(_of_contexts(pod)) | of_containers


def _of_pod(pod):
    spec = pod['spec']
    if any(spec.get(key) for key in ('hostNetwork', 'hostPID', 'hostIPC')):
        yield 'Host Namespaces'
    for volume in spec.get('volumes', []):
        kinds = volume.keys() - {'name'}
        if 'hostPath' in kinds:
            yield 'HostPath Volumes'
        if not kinds <= VOLUMES:
            yield 'Volume Types'
    if any(sysctl['name'] not in SYSCTLS for sysctl in spec.get('securityContext', {}).get('sysctls', [])):
        yield 'Sysctls'
    for key, value in pod['metadata'].get('annotations', {}).items():
        if key.startswith(APPARMOR) and value != 'runtime/default' and not value.startswith('localhost/'):
            yield 'AppArmor'


def _of_contexts(pod):
    """What a pod and a container say in the same words."""
    for context in [one.get('securityContext', {}) for one in (pod['spec'], *containers(pod))]:
        if context.get('windowsOptions', {}).get('hostProcess'):
            yield 'HostProcess'
        selinux = context.get('seLinuxOptions', {})
        if selinux.get('type', '') not in SELINUX or selinux.get('user') or selinux.get('role'):
            yield 'SELinux'
        if context.get('appArmorProfile', {}).get('type', 'RuntimeDefault') not in ('RuntimeDefault', 'Localhost'):
            yield 'AppArmor'
        if context.get('runAsUser') == 0:
            yield 'Running as Non-root user'
        if context.get('seccompProfile', {}).get('type') == 'Unconfined':
            yield 'Seccomp'


def _of_container(pod, container):
    context = container.get('securityContext', {})
    either = {**pod['spec'].get('securityContext', {}), **context}  # a container's word goes before its pod's
    capabilities = context.get('capabilities', {})
    added = set(capabilities.get('add', []))
    if context.get('privileged'):
        yield 'Privileged Containers'
    if not added <= CAPABILITIES or 'ALL' not in capabilities.get('drop', []) or not added <= {'NET_BIND_SERVICE'}:
        yield 'Capabilities'
    if any(port.get('hostPort') for port in container.get('ports', [])):
        yield 'Host Ports'
    if any(handler.get(way, {}).get('host') for handler in _handlers(container) for way in ('httpGet', 'tcpSocket')):
        yield 'Host Probes / Lifecycle Hooks'
    if context.get('procMount', 'Default') != 'Default':
        yield '/proc Mount Type'
    if context.get('allowPrivilegeEscalation') is not False:
        yield 'Privilege Escalation'
    if either.get('runAsNonRoot') is not True:
        yield 'Running as Non-root'
    if either.get('seccompProfile', {}).get('type') not in ('RuntimeDefault', 'Localhost'):
        yield 'Seccomp'


def _handlers(container):
    probes = [container.get(name) for name in ('livenessProbe', 'readinessProbe', 'startupProbe')]
    return [handler for handler in [*probes, *container.get('lifecycle', {}).values()] if isinstance(handler, dict)]
