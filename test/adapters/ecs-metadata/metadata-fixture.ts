const TASK_ARN = 'arn:aws:ecs:eu-west-1:123456789012:task/thumbs/0123456789abcdef0123456789abcdef';

/** As version 4 answers for one container on Fargate; fields that nothing reads are few here. */
export const CONTAINER = {
  DockerId: '0123456789abcdef0123456789abcdef-1234567890',
  Name: 'app',
  Labels: {
    'com.amazonaws.ecs.cluster': 'arn:aws:ecs:eu-west-1:123456789012:cluster/thumbs',
    'com.amazonaws.ecs.container-name': 'app',
    'com.amazonaws.ecs.task-arn': TASK_ARN,
  },
  Limits: { CPU: 2 },
  Networks: [
    {
      NetworkMode: 'awsvpc',
      IPv4Addresses: ['10.20.3.17'],
      IPv4SubnetCIDRBlock: '10.20.0.0/20',
      PrivateDNSName: 'ip-10-20-3-17.eu-west-1.compute.internal',
    },
  ],
};

/** As versions 2, 3 and 4 answer for the whole task; a sidecar shares the task's network. */
export const TASK = {
  Cluster: 'arn:aws:ecs:eu-west-1:123456789012:cluster/thumbs',
  TaskARN: TASK_ARN,
  Family: 'thumbs',
  Revision: '3',
  Limits: { CPU: 0.25, Memory: 512 },
  AvailabilityZone: 'eu-west-1c',
  Containers: [CONTAINER, { ...CONTAINER, Name: 'sidecar' }],
};
