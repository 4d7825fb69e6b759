"""Do the objects fit: into the namespace's quota and limits, and onto the nodes?"""

from kubernetes.build import WORKLOADS, containers, of_kind, quantity, template, title


def pods(objects):
    """Every pod that can run at once, as (its workload's title, template): a run of each Job and CronJob among them."""
    for workload in of_kind(objects, *WORKLOADS):
        for _ in range(workload['spec'].get('replicas', 1)):
            yield title(workload), template(workload)


def claims(objects):
    """Every claim, those of claim templates and of pods' own volumes among them."""
    yield from of_kind(objects, 'PersistentVolumeClaim')
    for stateful_set in of_kind(objects, 'StatefulSet'):
        yield from stateful_set['spec'].get('volumeClaimTemplates', []) * stateful_set['spec'].get('replicas', 1)
    for name, pod in pods(objects):
        for volume in pod['spec'].get('volumes', []):
            if 'ephemeral' in volume:
                yield {'metadata': {'name': f"{volume['name']} of {name}"}, **volume['ephemeral']['volumeClaimTemplate']}


def asked(pod, what, resource):
    """The sum over a pod's containers, for example of requests of memory."""
    return sum(quantity(one['resources'][what][resource]) for one in containers(pod))


def storage(claim):
    return quantity(claim['spec']['resources']['requests']['storage'])


def refused(objects):
    """Why the quota or the limits would not admit what is there, a line each."""
    quota, = of_kind(objects, 'ResourceQuota')
    limits, = of_kind(objects, 'LimitRange')
    by_type = {one['type']: one for one in limits['spec']['limits']}
    running, claimed = [pod for _, pod in pods(objects)], list(claims(objects))
    used = {f'{what}.{resource}': sum(asked(pod, what, resource) for pod in running)
            for what in ('requests', 'limits') for resource in ('cpu', 'memory')}
    used |= {'pods': len(running), 'persistentvolumeclaims': len(claimed),
             'requests.storage': sum(map(storage, claimed))}
    for kind, name in (('LoadBalancer', 'services.loadbalancers'), ('NodePort', 'services.nodeports')):
        used[name] = sum(one['spec'].get('type') == kind for one in of_kind(objects, 'Service'))
    for resource, most in quota['spec']['hard'].items():
        if used[resource] > quantity(most):
            yield f'{resource}: {used[resource]} of {most}'
    for name, pod in pods(objects):
        for container in containers(pod):
            for resource, most in by_type['Container']['max'].items():
                if quantity(container['resources']['limits'][resource]) > quantity(most):
                    yield f"{name}, {container['name']}: {resource} over {most}"
    for claim in claimed:
        if storage(claim) > quantity(by_type['PersistentVolumeClaim']['max']['storage']):
            yield f"claim {claim['metadata']['name']}: too large"


class Node:
    """What a node has left for pods."""

    def __init__(self, cores, memory):
        self.free = {'cpu': cores, 'memory': memory}

    def takes(self, pod):
        wanted = {resource: asked(pod, 'requests', resource) for resource in self.free}
        if any(wanted[resource] > self.free[resource] for resource in self.free):
            return False
        self.free = {resource: self.free[resource] - wanted[resource] for resource in self.free}
        return True


def homeless(objects, nodes):
    """The pods for which no node has room, the largest placed first."""
    by_size = sorted(pods(objects), key=lambda one: -asked(one[1], 'requests', 'memory'))
    return [name for name, pod in by_size if not any(node.takes(pod) for node in nodes)]
