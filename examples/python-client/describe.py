"""Asks a trainer what it offers: python describe.py 127.0.0.1:50051"""

import sys

import grpc

from stubs import trainer, trainer_grpc

with grpc.insecure_channel(sys.argv[1]) as channel:
    stub = trainer_grpc.TrainerServiceStub(channel)
    about = stub.Describe(trainer.TrainerServiceDescribeRequest())
    print(about.contract, about.backend.name, [model.id for model in about.models])
